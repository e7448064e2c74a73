"""The page where a browser lacks cryptography: it says what it could not check, and never that this holds."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from node import MISSING, NODE
from paths import ROOT

pytestmark = pytest.mark.skipif(NODE is None, reason=MISSING)
VECTORS = ROOT / "tests" / "vectors" / "bundles"
WITHOUT_CRYPTO = "Object.defineProperty(globalThis, 'crypto', { value: undefined })"
WITHOUT_ED25519 = """
const given = SubtleCrypto.prototype.importKey;
SubtleCrypto.prototype.importKey = function (form, key, algorithm, ...rest) {
  if (algorithm.name === "Ed25519") throw new DOMException("not known here", "NotSupportedError");
  return given.call(this, form, key, algorithm, ...rest);
};
"""
NEVER_VALID = "SubtleCrypto.prototype.verify = async () => false"


def said(lacking: str, bundle: Path) -> dict[str, Any]:
    """The answer of the page's check under Node, made to lack something first."""
    assert NODE is not None
    client = ROOT / "conformance" / "clients" / "by_page.mjs"
    words = [NODE, "--import", f"data:text/javascript,{quote(lacking)}", str(client), "verify", str(bundle)]
    answer: dict[str, Any] = json.loads(subprocess.run(words, capture_output=True, text=True, check=False).stdout)
    return answer


def vector(name: str) -> Path:
    cases = json.loads((VECTORS / "wanted.json").read_text(encoding="utf-8"))
    return VECTORS / next(str(case["bundle"]) for case in cases if case["name"] == name)


@pytest.mark.parametrize("name", ["good", "signature"])
def test_without_webcrypto_nothing_is_checked_and_nothing_is_said_to_hold(name: str) -> None:
    answer = said(WITHOUT_CRYPTO, vector(name))
    assert (answer["status"], answer["checks"], answer["why"]) == ("refused", [], "this program has no WebCrypto")


@pytest.mark.parametrize("lacking", [WITHOUT_ED25519, NEVER_VALID])
def test_without_ed25519_signatures_are_said_to_be_unchecked_and_the_rest_is_checked(lacking: str) -> None:
    good, other = said(lacking, vector("good")), said(lacking, vector("signature"))
    assert (good["status"], good["partly"]) == ("holds", ["ed25519"])
    assert (other["status"], other["partly"], other["checks"]) == ("fails", ["ed25519"], [5, 6])

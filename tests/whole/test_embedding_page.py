"""The code on docs/embedding.md runs from top to bottom, with no deeper import than of inblue itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from paths import ROOT

PAGE = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_on_embedding_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    host: dict[str, object] = {}
    for block in CODE:
        exec(compile(block, "docs/embedding.md", "exec"), host)  # noqa: S102 - what a host would copy
    assert len(CODE) >= 5


def test_no_example_that_is_to_be_copied_imports_below_inblue() -> None:
    for source in ("\n".join(CODE), (ROOT / "examples" / "embed.py").read_text(encoding="utf-8")):
        assert re.findall(r"(?:from|import) inblue\.\S+", source) == []

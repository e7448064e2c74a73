"""The public API changes only when it is meant: the stub and the reference are those of the code."""

from __future__ import annotations

import make_api
import pytest

MEND = "run make api, read the difference as a host would, and say it in CHANGELOG.md"


@pytest.mark.parametrize(("name", "made"), [("stub.pyi", make_api.stub), ("README.md", make_api.reference)])
def test_what_is_kept_of_the_api_is_what_the_code_has(name: str, made: object) -> None:
    assert callable(made)
    assert (make_api.FOLDER / name).read_text(encoding="utf-8") == made(), MEND


def test_a_name_that_goes_or_a_parameter_that_changes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = make_api.stub()
    with monkeypatch.context() as changed:
        changed.setattr(make_api, "NAMES", [name for name in make_api.NAMES if name != "lint"])
        assert make_api.stub() != kept
    assert "def open(cls, address: Address | str, *, log_signer: Signer | None = None" in kept
    assert " at 0x" not in kept

"""The page's own check knows the kinds of entries, and which version of each brought which fields."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

from paths import ROOT

from inblue.domain.acts import Act
from inblue.domain.payload import Payload
from inblue.domain.register_acts import RegisterAct

SCRIPT = (ROOT / "cli" / "documents" / "templates" / "check.js").read_text(encoding="utf-8")


def constant(name: str) -> str:
    """The literal that the script gives to ``name``, as JSON."""
    found = re.search(rf"const {name} = (.*?);\n", SCRIPT, re.DOTALL)
    assert found
    return re.sub(r",(\s*})", r"\1", re.sub(r"([{,]\s*)([a-z_]\w*):", r'\1"\2":', found[1]))


def newer(cls: type[Payload]) -> list[tuple[None, int, Any]]:
    return [(None, version, absent) for _, version, absent in cls._newer()]


def test_the_page_knows_every_kind_and_every_field_of_a_later_version() -> None:
    kinds = {"OF_VOTE": get_args(Act), "OF_REGISTER": get_args(RegisterAct)}
    for name, classes in kinds.items():
        assert set(json.loads(constant(name))) == {cls.kind_name.replace("_", "-") for cls in classes}
    assert json.loads(constant("SINCE")) == {
        cls.kind_name.replace("_", "-"): {
            name: [version, absent]
            for name, (_, version, absent) in zip(cls.since, json.loads(json.dumps(newer(cls))), strict=True)
        }
        for classes in kinds.values()
        for cls in classes
        if cls.since
    }

"""Fuzz target: a printed compendium, whatever its characters are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from paths import EXAMPLES

from inblue.domain.case import Case
from inblue.domain.errors import Malformed
from inblue.ledger.printed.case_of import case_of

from .oracle import accepted
from .seeds import Seeds


def printed_compendium(data: bytes) -> None:
    """What is read is a case whose fields are where they are said to be; a text is kept character for character."""
    text = data.decode("utf-8", errors="ignore")
    for read in accepted(Malformed, lambda: case_of(text, "printed")):
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\f", "\n").split("\n")
        for each in read.places:
            first, last = lines[each.span.line - 1], lines[each.span.end_line - 1]
            assert 0 < each.span.column <= len(first)
            assert 1 < each.span.end_column <= len(last) + 1
            assert (each.span.line, each.span.column) < (each.span.end_line, each.span.end_column)
        for content in read.files.values() if "\f" not in text else ():  # where the foot of a page is left out
            assert "".join(content.decode().split()) in "".join(text.split())
        for case in accepted(Malformed, partial(Case.read, read.case_file, where="case")):
            accepted(Malformed, partial(case.steps, "0" * 64))


def _seeds() -> Seeds:
    """The document that is printed, less its longer texts; and one in English that is made up."""
    printed = (EXAMPLES / "s-2020-268/as-printed/zh.txt").read_text()
    cover, *annexes = re.split(r"(?m)^(?= 附[件文])", printed)
    short = [annex[:700] for annex in annexes]
    return {
        "printed.zh": "".join([cover, *short[:6], short[10], short[-4][:200], short[-2][:400]]).encode(),
        "paged.zh": "\f".join([cover, *short[:4]]).encode(),
        "made-up.en": _ENGLISH.encode(),
    }


_ENGLISH = """United Nations S/2020/999
Security Council Distr.: General
6 April 2020
Original: English

Letter dated 31 March 2020 from the President of the Security Council addressed to
the Secretary-General and the Permanent Representatives of the members of the Security Council

I refer to resolution 2518 (2020). The resolution was adopted on 30 March 2020 in accordance with the voting procedure
set out in the letter dated 27 March 2020 from the President of the Security Council (S/2020/253).

(Signed) Zhang Jun
President of the Security Council

Annex I
Letter dated 27 March 2020 from the President of the Security Council addressed to the Permanent Representatives of the
members of the Security Council

I put the draft resolution to the vote.

(Signed) Zhang Jun
Ambassador Extraordinary and Plenipotentiary
President of the Security Council
Permanent Representative of China to the United Nations

Enclosure
United Nations S/2020/998
Security Council Provisional
26 March 2020
Original: English

China and the Niger: draft resolution

The Security Council,

Annex II
[Original: French]
Note verbale dated 28 March 2020 from the Permanent Mission of the Niger to the United Nations addressed to the
President of the Security Council

The Niger votes in favour of the draft resolution contained in document S/2020/998, and abstains from an explanation of
vote.

Annex III
Statement by Mr. Zhang Jun, Permanent Representative of China to the United Nations

China decided to co-sponsor the resolution.
"""
SEEDS: Mapping[str, Callable[[], Seeds]] = {"printed_compendium": _seeds}
TARGETS: Mapping[str, Callable[[bytes], None]] = {"printed_compendium": printed_compendium}

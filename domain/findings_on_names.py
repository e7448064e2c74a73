"""Findings on the names in a vote: what is on record stays, and people are told of a look-alike."""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Finding
from .naming import fault_of
from .phrase import Said, Word
from .state import VoteState


def on_names(state: VoteState) -> Iterator[Finding]:
    """The names in a vote that people may mistake for others. The recorder now rejects such names."""
    for each in (state.draft, *state.letters, *(() if state.result is None else (state.result,))):
        for field, given in each.act.names().items():
            for name in (given,) if isinstance(given, str) else given or ():
                if (fault := fault_of(name)) is not None:
                    code = fault.point.partition(" ")[0]
                    text = Said.of(
                        "a name in act {act} ({field}) has {point} and may be taken for another",
                        field=Word(field),
                        act=each.number,
                        point=code,
                    )
                    yield Finding("look_alike", None, "flag", text, given={"act": each.number, "point": code})

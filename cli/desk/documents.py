"""One call each for hosts: the record of a vote as a page or on paper, and its compendium."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.errors import Refused
from ...domain.state import VoteState
from ...ledger.edge.face import face
from ...ledger.entries.files import Files
from ...ledger.errors import NotFound
from ...ledger.evidence.trust import Trust
from ...ledger.ledger import Ledger

if TYPE_CHECKING:
    from ...ledger.projections.as_of import AsOf
    from ..compendium.annexes import Annexes
    from ..documents.decision_report import DecisionReport
    from ..language.english import Language


@face
def page(ledger: Ledger, vote: str, *, trust: Trust | None = None, lang: str = "en") -> str:
    """The record of a vote as one HTML page, which checks itself in the reader's browser and needs no network.

    ``lang`` is ar, en, es, fr, ru or zh. Without ``trust`` no authority counts as proof.

    Raises:
        NotFound: no such vote.
        Malformed: no such language.

    >>> inblue.page(ledger, "S/2026/1").lstrip().startswith("<!doctype html>")
    True
    """
    from ..documents.page import build_page
    from ..language.choose import language

    with _bundle(ledger, vote) as path:
        return build_page(path, vote, trust, language(lang)).html


@face
def pdf(ledger: Ledger, vote: str, *, trust: Trust | None = None, lang: str = "en") -> bytes:
    """The record of a vote on paper: an archival PDF (PDF/A-2a, PDF/UA-1). It needs the extra ``inblue[paper]``.

    Raises:
        NotFound: no such vote, no typesetter here, or no font for the language.
        Malformed: no such language.

    >>> inblue.pdf(ledger, "S/2026/1")[:5]
    b'%PDF-'
    """
    from ...ledger.audit.bundle import verify_bundle
    from ..documents.record_pdf import record_pdf
    from ..language.choose import language

    with _bundle(ledger, vote) as path, _typesetting():
        found = verify_bundle(path, trust)
        records = [found.record(vote)] if vote in found.states else []
        return record_pdf(records, found, language(lang))


@face
def compendium(ledger: Ledger, vote: str, *, lang: str = "en") -> str:
    """The compendium as one HTML page, from what is on record: the letter and its annexes.

    It is a draft, and says so, until the result is announced and a compendium letter is on record. Of a body that
    publishes none it is a plain report of the decision.

    Raises:
        NotFound: no such vote.
        Refused: voting is not closed, or the vote was annulled.
        Malformed: no such language.

    >>> "Compendium of the written vote on S/2026/0" in inblue.compendium(ledger, "S/2026/0")
    True
    """
    from ..documents.html import html_of
    from ..language.choose import language

    made = _made(ledger, vote, lang)
    return html_of(made.title, made.blocks(), language(lang)).decode()


@face
def compendium_pdf(ledger: Ledger, vote: str, *, lang: str = "en") -> bytes:
    """As :func:`compendium`, as an archival PDF with the papers attached. It needs the extra ``inblue[paper]``.

    >>> inblue.compendium_pdf(ledger, "S/2026/0")[:5]
    b'%PDF-'
    """
    with _typesetting():
        return _made(ledger, vote, lang).pdf()


def _made(ledger: Ledger, vote: str, lang: str) -> Annexes | DecisionReport:
    from ..language.choose import language

    return compendium_or_report(ledger.vote(vote), ledger.files, language(lang))


def compendium_or_report(
    state: VoteState, files: Files, lang: Language, as_of: AsOf | None = None, templates: Path | None = None
) -> Annexes | DecisionReport:
    """The compendium of a vote, or the plain report where its body publishes none.

    Raises:
        Refused: voting is not closed, or the vote was annulled.
    """
    from ...ledger.projections.compendium import compendium_of, has_compendium
    from ...ledger.projections.record import record_of

    if has_compendium(state):
        from ..compendium.annexes import Annexes

        return Annexes(compendium_of(state, files), lang, as_of, templates)
    if not state.is_closed:
        raise Refused(
            None, f"voting on {state.name} is not closed; the report of its decision can be written after that"
        )
    from ..documents.decision_report import DecisionReport

    return DecisionReport(record_of(state), files, lang, as_of)


@contextmanager
def _bundle(ledger: Ledger, vote: str) -> Iterator[Path]:
    from ...ledger.operations.export import export

    ledger.vote(vote)
    with tempfile.TemporaryDirectory(prefix="inblue-") as folder:
        yield export(ledger, Path(folder) / "vote.zip", vote=vote, include_open=True).path


@contextmanager
def _typesetting() -> Iterator[None]:
    from ..documents.typeset import PaperError

    try:
        yield
    except PaperError as error:
        raise NotFound(str(error)) from None

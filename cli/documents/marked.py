"""Stretches of text in two languages: as HTML with the language of each, and as what blocks hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from ...domain.inert import inert
from ..language.own_words import Run
from .blocks import Words

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def html_of_runs(runs: Sequence[Run], *, marked: bool = False) -> str:
    """The text; each part in another language than the page is in an element that names the language.

    ``marked`` as :func:`.html.templates` has it.
    """
    if all(run.language is None for run in runs):
        return "".join(run.text for run in runs)
    return Markup("").join(_element(run, marked) for run in runs)


def words_of_runs(runs: Sequence[Run]) -> Words:
    """The text as a block has it."""
    if all(run.language is None for run in runs):
        return "".join(run.text for run in runs)
    return [{"text": run.text, "lang": _typeset(run.language)} for run in runs]


def _element(run: Run, marked: bool) -> Markup:
    if run.language is None or not _TAG.fullmatch(run.language):
        return escape(inert(run.text, marked=marked))
    return Markup('<bdi lang="{}">{}</bdi>').format(run.language, inert(run.text))


def _typeset(language: str | None) -> str | None:
    """A code that the typesetter takes: the language alone, without a region."""
    code = (language or "").partition("-")[0].lower()
    return code if re.fullmatch("[a-z]{2,3}", code) else None

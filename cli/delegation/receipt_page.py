"""A receipt as one HTML page, which says what it proves and checks itself in the browser."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from markupsafe import Markup

from ...ledger.entries.streams import name_in
from ..documents.html import in_script, page_policy, templates, unbroken
from ..language.english import Language
from .receipt import found_said

if TYPE_CHECKING:
    from .looked import Looked


def receipt_page(looked: Looked, lang: Language) -> str:
    """The page. It carries the receipt word for word, and the keys that its checks used."""
    environment = templates(lang.direction == "rtl")
    style, script = (environment.loader.get_source(environment, each)[0] for each in ("page.css", "check.js"))  # type: ignore[union-attr]
    receipt, said = looked.alone.receipt, looked.words(lang)
    saved = "data:application/octet-stream;base64," + base64.b64encode(looked.raw).decode()
    html = environment.get_template("receipt.html").render(
        lang=lang,
        say=lang.say,
        said=said,
        found=lambda each: found_said(each, lang),
        member=lang.member(receipt.member),
        vote=name_in(receipt.stream),
        name=f"{receipt.member.lower()}.receipt",
        keys=[each for each in looked.keys.log_keys if len(each) < 300],
        saved=Markup(saved),  # noqa: S704 - base64
        style=Markup(style),  # noqa: S704 - our own
        script=Markup(script),  # noqa: S704
        policy=Markup(page_policy(style, script)),  # noqa: S704
        words=in_script(_words(lang)),
        evidence=in_script(_evidence(looked)),
    )
    return unbroken(html)


def _evidence(looked: Looked) -> dict[str, object]:
    alone, keys = looked.alone, looked.keys
    officers = {alone.entry.key: keys.officers[alone.entry.key]} if alone.entry.key in keys.officers else {}
    own = looked.alone.ballot_key
    return {
        "receipt": looked.raw.decode("latin-1"),
        "log_keys": list(keys.log_keys),
        "officers": officers,
        "members": {own: keys.members[own]} if own in keys.members else {},
    }


def _words(lang: Language) -> dict[str, str]:
    """The words of the check, by the names in ``templates/check.js``."""
    return {
        "holds": lang.say("holds"),
        "broken": lang.say("does not hold"),
        "unknown": lang.say("not checked"),
        "webcrypto": lang.say(
            "Not checked: WebCrypto is not available in this browser. That does not mean that anything is wrong."
        ),
        "same": lang.say("SAME: that is the log's key that this page was checked with."),
        "other": lang.say(
            "DIFFERENT: this page was not checked with that key. Either the key or this page belongs to another log."
        ),
        "nothing": lang.say("That is not a key."),
        "lead-holds": lang.say("Checked in this browser: the receipt holds, by the keys that this page carries."),
        "lead-broken": lang.say("Checked in this browser: DOES NOT HOLD."),
        "lead-unchecked": lang.say(
            "Checked in this browser: what could be checked holds. What was not checked is listed below."
        ),
    }

"""Whatever outsiders wrote, no output acts on a screen or hides what it says: terminal, JSON, HTML, paper."""

from __future__ import annotations

import ast
import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args
from unittest.mock import patch

import pypdfium2
import pytest
from command_line import call
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ledgers import ROSTER, SEATLESS, SMALL
from paths import INBLUE, ROOT
from pydantic import AfterValidator, BaseModel
from signers import LOG, REGISTRAR, SECOND

from inblue.cli.language.choose import language
from inblue.cli.terminal.watch import Watched, lines_of
from inblue.domain import payload
from inblue.domain.acts import (
    Act,
    ClericalErrorCorrected,
    CoSponsorshipAnnounced,
    DraftCirculated,
    DraftCorrected,
    DraftWithdrawn,
    EntryVoided,
    ExplanationFiled,
    LetterSent,
    ReceiptAcknowledged,
    VoteCast,
)
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated, VotingClosed
from inblue.domain.inert import HOSTILE, MARKS, inert, inert_json
from inblue.domain.instrument import Instrument
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked, PresidencyAssigned
from inblue.ledger.ledger import Ledger

OPENED = datetime(2026, 3, 27, 18, tzinfo=UTC)
UNSEEN = HOSTILE.findall("".join(map(chr, range(0x110000))))
LETTER = "We vote \u202etsniaga\u202c the draft.\n\x1b]0;taken\x07\x1b[2J\x9b31m \u2066x \U000e0041\u200f the end\n"
VALIDATORS = (payload.one_line, payload._printable)


def takes(char: str) -> bool:
    """Whether the model lets a text have it: what acts on its own was refused from the first version on."""
    try:
        return bool(payload.one_line(f"a{char}z"))
    except ValueError:
        return False


@cache
def taken() -> list[str]:
    """The invisible characters that the model allows in a text."""
    return sorted(char for char in UNSEEN if not 0xD800 <= ord(char) < 0xE000 and takes(char))


@given(st.text(st.sampled_from([*UNSEEN, *"a<é\n\t", "\u05d0"])))
def test_what_is_made_inert_has_no_such_code_point_and_nothing_else_changes(text: str) -> None:
    shown = inert(text)
    assert not HOSTILE.search(shown)
    assert shown == "".join(f"<U+{ord(c):04X}>" if HOSTILE.match(c) else c for c in text)
    text = text.encode(errors="ignore").decode()  # no JSON of ours has half a character
    document = inert_json(json.dumps(text, ensure_ascii=False))
    assert not HOSTILE.search(document)
    assert json.loads(document) == text


def test_arabic_keeps_its_own_marks_where_they_turn_nothing_outside_themselves() -> None:
    closed, opened = "\u200fa \u2068b\u2069", "\u2068b\nc\u2069"
    assert inert(closed, marked=True) == closed
    assert inert(opened, marked=True) == "<U+2068>b\nc<U+2069>"
    assert inert("\u2067b\u202e", marked=True) == "<U+2067>b<U+202E>"
    assert not HOSTILE.search(inert(closed))


def filled(model: Any, text: str) -> Any:
    """``model`` with ``text`` in every field that takes any."""
    update: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            update[name] = filled(value, text)
        elif is_free(field.annotation, field.metadata) and name not in {"field", "was", "now", "media_type", "texts"}:
            update[name] = (text, text) if "tuple" in str(field.annotation) else text
    return model.model_copy(update=update)


def is_free(annotation: Any, metadata: Any) -> bool:
    given = [*metadata, *getattr(annotation, "__metadata__", ())]
    mine = any(isinstance(each, AfterValidator) and each.func in VALIDATORS for each in given)
    return mine or any(is_free(inner, ()) for inner in get_args(annotation))


def history(procedure: str, letter: str, text: str) -> Iterator[tuple[float, Act]]:
    paper = Instrument(form="letter", office="permanent_representative", signed=True, sha256=letter)
    typed = paper.model_copy(update={"addressee": "president", "media_type": "text/plain"})
    draft: dict[str, Any] = {"question": "substantive", "times": "live", "procedure": procedure}
    draft["texts"] = {"en": letter}
    yield -2, filled(DraftCirculated(symbol=SMALL, **draft), text).model_copy(update={"symbol": SMALL})
    yield -1, DraftCorrected(field="title", was=text, now=f"{text} again", reason=text)
    yield 0, filled(LetterSent(kind="opening", opens_at=OPENED, sha256=letter), text)
    yield 1, filled(VoteCast(member="CHN", position="in_favour", instrument=typed), text)
    yield 2, filled(VoteCast(member="EST", position="against", instrument=paper), text)
    yield 3, filled(VoteCast(member="EST", position="in_favour", instrument=Instrument(form="letter")), text)
    yield 4, filled(ReceiptAcknowledged(member="CHN"), text)
    yield 5, filled(ExplanationFiled(member="CHN", sha256=letter, media_type="text/plain"), text)
    yield 6, filled(CoSponsorshipAnnounced(member="VNM"), text)
    told: dict[str, Any] = {"was": text, "now": f"{text} again", "source": text, "reason": text}
    yield 7, ClericalErrorCorrected(member="CHN", field="instrument.signatory", sha256=letter, **told)
    yield 8, EntryVoided(number=4, reason=text, source=text)
    yield 26, filled(VotingClosed(), text)
    yield 26.5, filled(TallyCirculated(counts={"in_favour": 2, "against": 0, "abstention": 0, "absent": 1}), text)
    yield 27, ResultAnnounced(source=text)


def made(path: Path, text: str, named: str) -> None:
    """A ledger with ``text`` in every free field, and ``named`` in every name, as an earlier version took them."""
    now = OPENED - timedelta(days=1)
    with patch("inblue.domain.payload.check_names", lambda _names: None):
        ledger = Ledger.create(
            path, signer=REGISTRAR, log_signer=LOG, origin="example.org/x", holder=text, clock=lambda: now
        )
        procedure = ledger.adopt_procedure(SEATLESS, signer=REGISTRAR)
        ledger.adopt_roster(ROSTER.model_copy(update={"name": named}), signer=REGISTRAR)
        letter = ledger.attach(LETTER.encode())
        grant = KeyGrant(
            key=SECOND.key_id, public_key=SECOND.public_key.hex(), office="president", member="CHN", holder=text
        )
        ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
        for member in ("CHN", "EST"):
            assigned = PresidencyAssigned(body=SEATLESS.body, member=member, month="2026-05", reason=text)
            ledger.keep_register(assigned, signer=REGISTRAR)
        ledger.keep_register(KeyRevoked(key=SECOND.key_id, reason=text), signer=REGISTRAR)
        for hours, act in history(procedure, letter, text):
            now = OPENED + timedelta(hours=hours)
            ledger.perform(SMALL, act, signer=REGISTRAR, roster=ROSTER.model_copy(update={"source": text}))
        now = OPENED + timedelta(days=9)
        draft = DraftCirculated(symbol=named, question="substantive", times="live", procedure=procedure, title=text)
        ledger.perform(named, draft.model_copy(update={"languages": (named,)}), signer=REGISTRAR)
        ledger.perform(named, filled(DraftWithdrawn(), text), signer=REGISTRAR)
    ledger.close()


def outputs(folder: Path, *, lang: str) -> Iterator[tuple[str, str]]:
    env = {"PATH": "/usr/bin:/bin", "INBLUE_LEDGER": "ledger.db", "INBLUE_LANG": lang, "HOME": str(folder)}

    def run(*words: str) -> str:
        done = call([INBLUE, *words], env=env, cwd=folder)
        assert "a fault in inblue itself" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    one = ("--vote", SMALL)
    for words in (
        *(("status",), ("status", *one), ("replay", *one), ("replay", *one, "--step"), ("audit",), ("verify",)),
        *(("status", "--json"), ("replay", *one, "--json"), ("audit", "--json"), ("verify", "--json")),
        *(("key", "list"), ("key", "list", "--json"), ("presidency", "list"), ("authority", "list"), ("vote", "list")),
        *(("checkpoint",), ("vote", "list", "--json"), ("status", "--vote", "S/\u202e\x1b[2J"), ("roster", "list")),
        *(("export", "-o", f"{lang}.zip"), ("verify", f"{lang}.zip"), ("diff", f"{lang}.zip", "ledger.db")),
        *(("report", *one, "-o", f"{lang}.html"), ("compendium", *one, "-o", f"{lang}.compendium.html")),
        *(("report", *one, "--pdf", "-o", f"{lang}.report.pdf"),),
        *(("compendium", *one, "--pdf", "-o", f"{lang}.compendium.pdf"), ("verify", "\x1b]0;x\x07\u202e.zip")),
        ("procedure", "show", "\u202e\x9b.json"),
    ):
        yield " ".join(words), run(*words)
    with Ledger.open(folder / "ledger.db", read_only=True) as book:
        lines = lines_of(watched := Watched(book, SMALL), book.clock(), language(lang), 80, 60)
        watched.look()
        yield "status --watch", re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines))
    for path in folder.glob(f"{lang}.*html"):
        yield path.name, path.read_text(encoding="utf-8")
    for path in folder.glob(f"{lang}.*pdf"):
        with pypdfium2.PdfDocument(path) as pdf:
            yield path.name, "".join(page.get_textpage().get_text_range() for page in pdf).replace("\r\n", "\n")
            yield f"metadata of {path.name}", str(pdf.get_metadata_dict())


@pytest.mark.long
@pytest.mark.parametrize("lang", ["en", "ar"])
@settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(found=st.lists(st.deferred(lambda: st.sampled_from(taken())), min_size=3, max_size=12))
def test_no_output_of_any_command_has_a_code_point_that_acts_or_is_not_seen(
    lang: str, found: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("seen")
    text = f"A\u200f\u200b{''.join(found)}\U000e0041Z"
    made(folder / "ledger.db", text, f"S/\u200b{found[0]}1")
    own = MARKS if lang == "ar" else frozenset()
    shown = dict(outputs(folder, lang=lang))
    for said, output in shown.items():
        seen = {f"U+{ord(c):04X}" for c in HOSTILE.findall(output) if c not in own}
        assert not seen, (said, seen)
        assert "A\u200f" not in output, said  # not even a mark that Arabic has, where an outsider wrote it
    assert "A<U+200F><U+200B>" in shown[f"status --vote {SMALL}"]
    assert "We vote &lt;U+202E&gt;tsniaga&lt;U+202C&gt; the draft." in shown[f"{lang}.compendium.html"]


def test_what_is_printed_goes_through_the_functions_that_make_it_inert() -> None:
    gates = {"cli/main.py", "cli/desk/output.py", "cli/terminal/tables.py", "cli/terminal/wrap.py"}
    own = {"cli/terminal/screen.py", "cli/language/update_catalogues.py"}  # lines of a console; a tool of ours
    own |= {"cli/inbox/beside.py", "cli/letters/letter.py"}  # made inert there; lines of a text that is then printed
    ways = {"click.echo", "click.secho", "print", "sys.stdout.write", "sys.stderr.write", "Console", "Progress.console"}
    found = set()
    for path in (ROOT / "cli").rglob("*.py"):
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ways:
                found.add(name)
            if isinstance(node, ast.ImportFrom) and node.module == "rich.text":
                found.add(name)
    assert found - own <= gates


def test_rows_of_the_store_and_names_of_a_policy_do_not_act_on_the_terminal(tmp_path: Path) -> None:
    made(tmp_path / "ledger.db", "text", "S/2")
    with sqlite3.connect(tmp_path / "ledger.db") as store:
        size, note = store.execute("select size, note from inblue_head").fetchone()
        row = "\x1b]0;taken\x07\x1b[2J\x1b[1;1Hholds: every check passed\n"
        store.execute("insert into inblue_cosignature values (?,?,?)", (size, row, note))
    bundles = ROOT / "tests" / "vectors" / "bundles"
    trust = json.loads((bundles / "trust-stamped.json").read_text())
    trust["policy"] = trust["policy"].replace("witness one ", "witness o\u009b31m\u202ene ")
    trust["policy"] = trust["policy"].replace("all one two", "all o\u009b31m\u202ene two")
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    env = {"PATH": "/usr/bin:/bin", "INBLUE_LEDGER": "ledger.db"}
    for words in (("checkpoint",), ("verify",), ("verify", str(bundles / "stamped.zip"), "--trust", "trust.json")):
        done = call([INBLUE, *words], env=env, cwd=tmp_path)
        assert not HOSTILE.search(done.stdout + done.stderr), words
    wrong = ": name: U+009B is not a letter, digit or sign that a name may have"
    assert done.stderr.endswith(f"{wrong} (see inblue verify --help)\n")
    assert done.returncode == 2

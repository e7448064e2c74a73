"""What `inblue verify` refuses no other command shows: a ballot in the name of a member that never signed it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE, VECTORS
from signers import LOG, REGISTRAR, SECOND

from inblue.domain.acts import DraftCirculated, LetterSent, VoteCast
from inblue.domain.ballot import SignedBallot
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.domain.roster import built_in_roster
from inblue.ledger import judging
from inblue.ledger.entries.ballot import blank_of, sign
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer

PLAIN = {"PATH": "/usr/bin"}
AT = datetime(2020, 3, 27, 18, tzinfo=UTC)
BELGIUM = Ed25519Signer.from_seed(b"b" * 32)


def recorded(path: Path, signer: Ed25519Signer) -> Path:
    """A vote in which a ballot of Belgium is entered that ``signer`` has signed; the registrar's program is its own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(judging, "check_ballot", lambda *_: None)
        with Ledger.create(path, signer=REGISTRAR, log_signer=LOG, clock=lambda: AT) as ledger:
            procedure = ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
            grant = KeyGrant(
                key=BELGIUM.key_id,
                public_key=BELGIUM.public_key.hex(),
                office="permanent_representative",
                member="BEL",
            )
            ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
            draft = DraftCirculated(symbol="S/1", question="substantive", times="live", procedure=procedure)
            ledger.perform("S/1", draft, signer=REGISTRAR)
            opening = LetterSent(kind="opening", opens_at=AT)
            ledger.perform("S/1", opening, signer=REGISTRAR, roster=built_in_roster("unsc-2020"))
            ballot = blank_of(ledger.vote("S/1"), ledger.register()).ballot("BEL", "in_favour")
            reply = VoteCast(
                member="BEL",
                position="in_favour",
                received_at=AT,
                instrument=Instrument(form="letter", office="permanent_representative", signed=True),
                ballot=SignedBallot(envelope=sign(ballot, signer)),
            )
            ledger.perform("S/1", reply, signer=REGISTRAR)
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["audit"],
        ["audit", "--json"],
        ["status"],
        ["status", "--json"],
        ["replay"],
        ["compendium", "-o", "c.html"],
        ["report", "-o", "r.html"],
        ["export", "b.zip", "--include-open"],
        ["verify"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_no_command_shows_a_ballot_that_its_member_never_signed(tmp_path: Path, words: list[str]) -> None:
    env = {"INBLUE_LEDGER": str(recorded(tmp_path / "l.db", SECOND)), "PATH": "/usr/bin"}
    done = call([INBLUE, *words], env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "the ballot" in done.stdout + done.stderr
    assert "signed by BEL itself" not in done.stdout
    assert not list(tmp_path.glob("*.html")) + list(tmp_path.glob("*.zip"))


def test_an_audit_says_what_was_not_checked_for_want_of_a_trust_file(tmp_path: Path) -> None:
    """The same for a trust file that names no key, and for a bundle."""
    env = {"INBLUE_LEDGER": str(recorded(tmp_path / "l.db", BELGIUM)), "PATH": "/usr/bin"}
    empty, named = tmp_path / "empty.json", tmp_path / "named.json"
    empty.write_text('{"format":"inblue-trust/2","registrar":null}')
    named.write_text(json.dumps({"format": "inblue-trust/2", "registrar": [REGISTRAR.key_id]}))
    found = {}
    for trust in ([], ["--trust", str(empty)], ["--trust", str(named)]):
        said = call([INBLUE, "audit", *trust], env=env)
        value = json.loads(call([INBLUE, "audit", "--json", *trust], env=env).stdout)
        verified = json.loads(call([INBLUE, "verify", env["INBLUE_LEDGER"], "--json", *trust], env=env).stdout)
        assert value["trusted"] == verified["trusted"]
        assert said.returncode == 0
        found[Path(trust[-1]).stem if trust else ""] = (value["trusted"], "Not checked" in said.stdout)
    assert found == {"": (False, True), "empty": (False, True), "named": (True, False)}


def test_a_trust_file_that_names_no_key_is_told_to_name_none(tmp_path: Path) -> None:
    """So also where it names timestamp authorities alone."""
    known = json.loads((VECTORS / "bundles" / "trust-stamped.json").read_text())
    trust = tmp_path / "authorities.json"
    trust.write_text(json.dumps({"format": known["format"], "authorities": known["authorities"]}))
    bundle = str(VECTORS / "bundles" / "stamped.zip")
    alone = json.loads(call([INBLUE, "verify", bundle, "--json", "--trust", str(trust)], env=PLAIN).stdout)
    assert alone["trusted"] is False
    assert any(said.startswith("The trust file names no key of the log") for said in alone["not_proved"])
    whole = [INBLUE, "verify", bundle, "--json", "--trust", str(VECTORS / "bundles" / "trust-stamped.json")]
    assert json.loads(call(whole, env=PLAIN).stdout)["trusted"] is True

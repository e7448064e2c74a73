"""A message is put on record as it came, once, and a reply that names it arrived when it was recorded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from mails import INTAKE, LETTER, PAPER, SYMBOL, MailDesk, mail
from signers import REGISTRAR

from inblue.domain.acts import VoteCast
from inblue.domain.canonical import digest
from inblue.domain.errors import Malformed, Refused
from inblue.domain.messages import NamedMessage
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger.entries.messages import MAX_MESSAGE_BYTES, SALT_BYTES
from inblue.ledger.errors import NotFound
from inblue.ledger.host.salts import FolderSalts
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.stores.address import Address


@pytest.fixture
def desk() -> MailDesk:
    return MailDesk()


def test_a_message_is_kept_after_its_salt_and_known_by_the_digest_of_both(desk: MailDesk) -> None:
    kept = desk.ledger.receive_message(mail(), signer=INTAKE)
    content = desk.ledger.files.get(kept.message.digest)
    assert (kept.message.number, kept.message.recorded_at, kept.already) == (0, desk.now, False)
    assert content[SALT_BYTES:] == mail() == desk.ledger.message_bytes(0)
    assert digest(content) == kept.message.digest
    assert digest(mail()) not in b"".join(row.envelope for row in desk.ledger.streams.stream("intake")).decode()


def test_the_same_message_again_gives_what_is_on_record(desk: MailDesk) -> None:
    first, other = desk.receive(), desk.receive(mail(text="Another.\n"))
    again = desk.later(hours=1).ledger.receive_message(mail(), signer=INTAKE)
    assert (first, other, again.message.number, again.already) == (0, 1, 0, True)
    assert again.message.recorded_at == desk.now - timedelta(hours=1)
    assert len(list(desk.ledger.streams.stream("intake"))) == 2


def test_every_store_keeps_messages_and_the_replies_that_name_them(place: Address | None) -> None:
    desk = MailDesk(place)
    number = desk.receive()
    desk.vote.reply("CHN", "in_favour", PAPER, message=number, part="2")
    assert desk.ledger.receive_message(mail(), signer=INTAKE).already
    assert desk.ledger.verify().problems == ()
    desk.ledger.close()


def test_a_message_is_recorded_once_by_whoever_opens_the_ledger_again(tmp_path: Path) -> None:
    desk = MailDesk(tmp_path / "votes.db")
    desk.receive()
    with Ledger.open(tmp_path / "votes.db", log_signer=desk.ledger.log_signer) as again:
        assert again.receive_message(mail(), signer=INTAKE).already
    salts = sorted((tmp_path / "votes.db.salts").iterdir())
    assert {each.name for each in salts} == {digest(mail()), "taken"}  # and how many of those on record were taken in
    salts = [each for each in salts if each.name != "taken"]
    assert (salts[0].stat().st_mode & 0o777, salts[0].stat().st_size) == (0o600, SALT_BYTES)


@pytest.mark.parametrize("mine", [False, True])
def test_two_desks_that_share_the_files_and_not_the_salts_record_one_mail_once(tmp_path: Path, mine: bool) -> None:
    desk = MailDesk(tmp_path / "votes.db")
    if mine:  # the other desk has salts of its own already
        desk.receive(mail(text="Another.\n"))
        shutil.copytree(tmp_path / "votes.db.salts", tmp_path / "other.salts")
    desk.receive()
    (tmp_path / "votes.db.salts").rename(tmp_path / "of the first desk")
    if mine:
        (tmp_path / "other.salts").rename(tmp_path / "votes.db.salts")
    with Ledger.open(tmp_path / "votes.db", log_signer=desk.ledger.log_signer) as other:
        kept = other.receive_message(mail(), signer=INTAKE)
        assert (kept.already, kept.message.number) == (True, int(mine))
        assert other.receive_message(mail(text="A third.\n"), signer=INTAKE).already is False
        assert len(other.messages()) == 2 + mine


class MeanwhileRecorded(FolderSalts):
    """Salts of a desk beside which another one records the mail after it has looked at what is on record."""

    def __init__(self, folder: Path, record: Callable[[], object]) -> None:
        super().__init__(folder)
        self.record: Callable[[], object] | None = record

    def of(self, sha256: str) -> bytes:
        mine = super().of(sha256)
        if self.record is not None:
            record, self.record = self.record, None
            record()
        return mine


@pytest.mark.parametrize("others", [0, 1])
def test_two_desks_that_record_one_mail_in_the_same_moment_record_it_once(tmp_path: Path, others: int) -> None:
    desk = MailDesk(tmp_path / "votes.db")
    with Ledger.open(tmp_path / "votes.db", log_signer=desk.ledger.log_signer) as other:

        def first() -> None:
            for number in range(others):
                desk.receive(mail(text=f"Another {number}.\n"))
            desk.receive()
            desk.ledger.observe_message(others, b'{"format":"example/1"}', signer=INTAKE)

        other._salts = MeanwhileRecorded(tmp_path / "other.salts", first)
        kept = other.receive_message(mail(), signer=INTAKE)
        assert (kept.already, kept.message.number, len(other.messages())) == (True, others, 1 + others)
        other._salts = MeanwhileRecorded(tmp_path / "a third.salts", lambda: desk.receive(mail(text="A third.\n")))
        kept = other.receive_message(mail(text="A fourth.\n"), signer=INTAKE)
        assert (kept.already, len(other.messages())) == (False, 3 + others)
        assert other.verify().problems == ()


def test_a_message_that_is_kept_elsewhere_stops_nobody_who_has_salts_of_his_own(tmp_path: Path) -> None:
    desk = MailDesk(tmp_path / "votes.db")
    desk.receive()
    shutil.copytree(tmp_path / "votes.db.salts", tmp_path / "before")
    number = desk.receive(mail(text="Another.\n"))
    shutil.rmtree(tmp_path / "votes.db.salts")
    (tmp_path / "before").rename(tmp_path / "votes.db.salts")
    sha256 = desk.ledger.message(number).digest
    (tmp_path / "votes.db.files" / sha256[:2] / sha256).unlink()
    with Ledger.open(tmp_path / "votes.db", log_signer=desk.ledger.log_signer) as other:
        assert other.receive_message(mail(), signer=INTAKE).already
        assert other.receive_message(mail(text="A third.\n"), signer=INTAKE).message.number == 2


def test_a_reply_arrived_when_its_message_was_recorded_and_its_paper_is_the_part(desk: MailDesk) -> None:
    number = desk.receive()
    arrived = desk.now
    done = desk.later(hours=3).vote.reply("CHN", "in_favour", PAPER, message=number, part="2")
    act = done.recorded[0].act
    assert isinstance(act, VoteCast)
    assert (act.received_at, act.instrument.sha256, act.instrument.media_type) == (
        arrived,
        digest(LETTER),
        "application/pdf",
    )
    assert act.kind_and_version() == "vote-cast@4"
    assert desk.ledger.files.get(digest(LETTER)) == LETTER
    assert desk.ledger.verify().problems == ()


def test_a_reply_may_be_the_message_itself(desk: MailDesk) -> None:
    done = desk.vote.reply("CHN", "in_favour", PAPER, message=desk.receive())
    assert done.entered is not None
    assert (done.entered.act.instrument.sha256, done.entered.act.message) == (
        None,
        NamedMessage(received=0, digest=desk.ledger.message(0).digest),
    )
    assert desk.ledger.verify().problems == ()


def named(desk: MailDesk, **other: object) -> VoteCast:
    """A reply that names message 0, with something else in it."""
    message = NamedMessage(received=0, digest=desk.ledger.message(0).digest, part="2")
    paper = PAPER.model_copy(update={"sha256": digest(LETTER)})
    made = VoteCast(member="CHN", position="in_favour", received_at=desk.now, instrument=paper, message=message)
    return made.model_copy(update=other)


FALSE: dict[str, Callable[[MailDesk], VoteCast]] = {
    "a message that nobody received": lambda desk: named(
        desk, message=NamedMessage(received=9, digest="ab" * 32, part="2")
    ),
    "a message of another ledger": lambda desk: named(
        desk, message=NamedMessage(received=0, digest="ab" * 32, part="2")
    ),
    "another instant": lambda desk: named(desk, received_at=desk.now - timedelta(seconds=1)),
    "another paper than the part": lambda desk: named(
        desk, instrument=PAPER.model_copy(update={"sha256": digest(b"another")})
    ),
    "a part that is not there": lambda desk: named(
        desk, message=NamedMessage(received=0, digest=desk.ledger.message(0).digest, part="3")
    ),
}


@pytest.mark.parametrize("what", FALSE)
def test_a_reply_that_does_not_fit_its_message_is_refused(desk: MailDesk, what: str) -> None:
    desk.receive()
    act = FALSE[what](desk)
    with pytest.raises(Refused, match=r"message [09]"):
        desk.ledger.perform(SYMBOL, act, signer=REGISTRAR)
    assert desk.ledger.vote(SYMBOL).replies == ()


def test_a_reply_that_names_a_message_says_all_that_follows_from_it() -> None:
    message = NamedMessage(received=0, digest="ab" * 32, part="1")
    sha256 = PAPER.model_copy(update={"sha256": "cd" * 32})
    for wrong in (
        {"message": message, "instrument": sha256},
        {"message": message, "instrument": PAPER, "received_at": MailDesk().now},
        {
            "message": NamedMessage(received=0, digest="ab" * 32),
            "instrument": sha256,
            "received_at": MailDesk().now,
        },
    ):
        with pytest.raises(Malformed):
            VoteCast(member="CHN", position="in_favour", **wrong)


def test_only_the_office_of_intake_records_messages_and_it_records_nothing_else(desk: MailDesk) -> None:
    with pytest.raises(Refused, match="does not hold the office intake"):
        desk.ledger.receive_message(b"x", signer=REGISTRAR)
    assert not list(desk.ledger.streams.stream("intake"))
    for signer_of in (desk.ledger.at(SYMBOL, signer=INTAKE), desk.ledger.at(SYMBOL, signer=INTAKE, office="registrar")):
        with pytest.raises(Refused):
            signer_of.reply("CHN", "in_favour", PAPER)
    grant = KeyGrant(key=LOG_OF_OTHERS.key_id, public_key=LOG_OF_OTHERS.public_key.hex(), office="registrar")
    with pytest.raises(Refused):
        desk.ledger.keep_register(KeyEnrolled(grant=grant), signer=INTAKE, office="intake")


LOG_OF_OTHERS = Ed25519Signer.from_seed(b"o" * 32)


def test_a_key_of_intake_has_no_other_office_and_no_member(desk: MailDesk) -> None:
    for key, office, member in (
        (INTAKE, "registrar", None),
        (REGISTRAR, "intake", None),
        (LOG_OF_OTHERS, "intake", "CHN"),
    ):
        with pytest.raises(Refused, match="intake"):
            desk.enrol(key, office, member)


def test_what_is_not_a_message_is_not_kept(desk: MailDesk) -> None:
    for raw in (b"", bytes(MAX_MESSAGE_BYTES + 1)):
        with pytest.raises(Malformed):
            desk.receive(raw)
    assert not list(desk.ledger.streams.stream("intake"))


def test_what_was_found_in_a_message_is_recorded_beside_it_once(desk: MailDesk) -> None:
    number = desk.receive()
    first = desk.ledger.observe_message(number, b"{}", signer=INTAKE)
    assert (first, desk.ledger.observe_message(number, b"{}", signer=INTAKE)) == (1, 1)
    with pytest.raises(NotFound):
        desk.ledger.observe_message(1, b"{}", signer=INTAKE)
    assert desk.ledger.verify().problems == ()


def test_a_hurried_reader_of_the_vote_finds_a_reply_that_came_in_a_message(tmp_path: Path) -> None:
    desk = MailDesk(tmp_path / "votes.db")
    desk.vote.reply("CHN", "in_favour", PAPER, message=desk.receive(), part="2")
    with Ledger.open(tmp_path / "votes.db", read_only=True) as again:
        assert [reply.member for reply in again.vote(SYMBOL).replies] == ["CHN"]


def test_the_message_is_named_again_where_its_reply_is_entered_again(desk: MailDesk) -> None:
    number = desk.receive()
    wrong = desk.vote.reply("CHN", "against", PAPER, message=number)
    desk.later(minutes=5).vote.void(wrong.number, "misread")
    right = desk.vote.reply("CHN", "in_favour", PAPER, message=number, replaces=wrong.number)
    assert right.entered is not None
    assert right.entered.paper_entered.number == wrong.number
    with pytest.raises(Refused, match="on record already"):
        desk.vote.reply("CHN", "abstention", PAPER, message=number)
    with pytest.raises(Refused, match="that of the message"):
        desk.vote.correct("CHN", "received_at", None, reply=2, reason="no")

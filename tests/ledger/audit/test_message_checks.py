"""Check 19, and what a bundle or a published log holds of messages: those that replies of its votes name, no other."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from ledgers import GoneSince, recorded_anyhow
from mails import INTAKE, LETTER, PAPER, SYMBOL, MailDesk, mail

from inblue.domain.acts import VoteCast
from inblue.domain.canonical import digest
from inblue.domain.messages import MessageObserved, MessageReceived, NamedMessage
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.since import verify_since
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.entry import StoredEntry
from inblue.ledger.errors import Broken
from inblue.ledger.evidence.bundle import FOLDER
from inblue.ledger.evidence.container import write_container
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.copy import copy
from inblue.ledger.operations.export import export
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.source import FolderSource

STREAM = "vote:S/2026/1"


def reply(desk: MailDesk, **other: object) -> VoteCast:
    """A reply that names message 0, with something else in it."""
    message = NamedMessage(received=0, digest=desk.ledger.message(0).digest, part="2")
    paper = PAPER.model_copy(update={"sha256": digest(LETTER)})
    came = desk.ledger.message(0).recorded_at
    made = VoteCast(member="CHN", position="in_favour", received_at=came, instrument=paper, message=message)
    return made.model_copy(update=other)


def failing(found: Verification) -> set[int]:
    return {each.check for each in found.problems}


def by_registrar(of: Callable[[MailDesk], VoteCast]) -> Callable[[MailDesk], None]:
    return lambda desk: void(recorded_anyhow(desk.ledger, of(desk), STREAM))


def void(_: object) -> None:
    return None


def by_intake(
    of: Callable[[MailDesk], MessageReceived | MessageObserved], stream: str = "intake"
) -> Callable[[MailDesk], None]:
    return lambda desk: void(recorded_anyhow(desk.ledger, of(desk), stream, INTAKE, "intake"))


def received(desk: MailDesk) -> MessageReceived:
    """Another message, of which the file is there."""
    return MessageReceived(digest=desk.ledger.files.put(b"s" * 40))


def observed(desk: MailDesk) -> int:
    """The act that observes message 0, by its number, with another act after it."""
    number = desk.ledger.observe_message(0, b"{}", signer=INTAKE)
    desk.ledger.observe_message(0, b"[]", signer=INTAKE)
    return number


AGAINST: dict[str, tuple[Callable[[MailDesk], None], int]] = {
    "a message received twice": (by_intake(lambda desk: MessageReceived(digest=desk.ledger.message(0).digest)), 19),
    "a finding about no message": (
        by_intake(lambda desk: MessageObserved(message=7, observation=desk.ledger.message(0).digest)),
        19,
    ),
    "a finding about a finding": (
        by_intake(lambda desk: MessageObserved(message=observed(desk), observation=desk.ledger.message(0).digest)),
        19,
    ),
    "a message in a vote": (by_intake(received, STREAM), 4),
    "a message by the registrar": (lambda desk: void(recorded_anyhow(desk.ledger, received(desk), "intake")), 7),
    "a message whose file is lost": (by_intake(lambda _: MessageReceived(digest="ab" * 32)), 9),
    "a reply by the office of intake": (
        lambda desk: void(recorded_anyhow(desk.ledger, reply(desk), STREAM, INTAKE, "intake")),
        7,
    ),
    "a reply to a message that is not there": (
        by_registrar(lambda desk: reply(desk, message=NamedMessage(received=9, digest="ab" * 32, part="2"))),
        19,
    ),
    "a reply to a message of another ledger": (
        by_registrar(lambda desk: reply(desk, message=NamedMessage(received=0, digest="ab" * 32, part="2"))),
        19,
    ),
    "a reply that came before its message": (
        by_registrar(lambda desk: reply(desk, received_at=desk.ledger.message(0).recorded_at - timedelta(hours=1))),
        19,
    ),
    "another paper than the part": (
        by_registrar(
            lambda desk: reply(desk, instrument=PAPER.model_copy(update={"sha256": desk.ledger.attach(b"another")}))
        ),
        19,
    ),
}


@pytest.mark.parametrize("what", AGAINST)
def test_what_messages_may_not_be_fails_one_check(what: str) -> None:
    desk = MailDesk()
    desk.receive()
    desk.ledger.attach(LETTER)
    desk.later(minutes=1)
    act, check = AGAINST[what]
    act(desk)
    assert failing(desk.ledger.verify()) == {check}


def test_a_message_that_is_gone_when_its_reply_is_checked_is_missed() -> None:
    """Whether the paper is a part of it is not known then, so that nothing must look as if it were."""
    desk = MailDesk()
    desk.receive()
    desk.ledger.attach(LETTER)
    desk.later(minutes=1)
    AGAINST["another paper than the part"][0](desk)
    ledger, message = desk.ledger, desk.ledger.message(0).digest
    for times, check in ((0, 9), (1, 9), (2, 19)):
        files = GoneSince(ledger.files, message, times)
        assert failing(verify(ledger.streams, ledger.log, files)) == {check}


@pytest.mark.parametrize("what", AGAINST)
def test_what_is_new_is_checked_against_every_message_from_before(what: str, tmp_path: Path) -> None:
    """Since a checkpoint, and in a published log since the last audit of it, which has no bytes of messages."""
    desk = MailDesk()
    desk.receive()
    observed(desk)
    desk.ledger.attach(LETTER)
    head, state = desk.ledger.log.head(), tmp_path / "state"
    assert head is not None
    publish(desk.ledger, tmp_path / "www", include_open=True)
    assert verify_tiles(FolderSource(tmp_path / "www"), state=state).problems == ()
    act, check = AGAINST[what]
    act(desk.later(minutes=1))
    ledger = desk.ledger
    assert failing(verify_since(head.note, ledger.streams, ledger.log, ledger.files)) == {check}
    publish(desk.ledger, tmp_path / "www", include_open=True)
    of_bytes = what in {"a message whose file is lost", "another paper than the part"}
    assert failing(verify_tiles(FolderSource(tmp_path / "www"), state=state)) == (set() if of_bytes else {check})


def test_a_message_from_before_a_checkpoint_that_the_store_has_lost_is_missed() -> None:
    desk = MailDesk()
    for text in ("first\n", "second\n", "third\n"):
        desk.receive(mail(text=text))
    head, ledger = desk.ledger.log.head(), desk.ledger
    assert head is not None
    for lost in ([0], [1], [0, 1]):
        found = verify_since(head.note, WithoutMessages(ledger, lost), ledger.log, ledger.files)
        assert failing(found) == {4}


class WithoutMessages:
    """The entries of a ledger, but for some of its messages."""

    def __init__(self, ledger: Ledger, lost: list[int]) -> None:
        self._streams, self._lost = ledger.streams, lost

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        return self._streams.page(after, limit)

    def last_position(self) -> int:
        return self._streams.last_position()

    def stream(self, name: str) -> Iterable[StoredEntry]:
        rows = self._streams.stream(name)
        return [row for row in rows if name != "intake" or row.originator_version - 1 not in self._lost]

    def position(self, stream: str, version: int) -> int:
        return self._streams.position(stream, version)


@pytest.mark.parametrize("what", [each for each in AGAINST if each.startswith("a reply ")])
def test_nobody_reads_a_reply_that_does_not_fit_its_message(what: str, tmp_path: Path) -> None:
    desk = MailDesk(tmp_path / "votes.db")
    desk.receive()
    AGAINST[what][0](desk)
    with Ledger.open(tmp_path / "votes.db", read_only=True) as again, pytest.raises(Broken, match="act 2"):
        again.vote(SYMBOL)


@pytest.fixture
def voted(tmp_path: Path) -> MailDesk:
    """Two votes that are over: a reply to the second names a message from before it, and two messages nobody names."""
    desk = MailDesk(tmp_path / "votes.db")
    for text in ("first\n", "second\n", "third\n"):
        desk.receive(mail(text=text))
    second = desk.circulated("S/2026/2")
    desk.later(hours=1)
    second.reply("CHN", "in_favour", PAPER, message=1, part="2")
    desk.receive(mail(text="fourth\n"))
    desk.vote.reply("RUS", "in_favour", PAPER, message=3, part="2")
    desk.later(hours=30)
    for vote in (desk.vote, second):
        vote.close()
        vote.announce(outcome="not_adopted")
    assert desk.ledger.verify().problems == ()
    return desk


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name.removeprefix(FOLDER): archive.read(name) for name in archive.namelist()}


def written(found: dict[str, bytes], path: Path) -> Path:
    with path.open("w+b") as out:
        write_container(out, ((FOLDER + name, [found[name]]) for name in sorted(found)))
    return path


def test_a_bundle_holds_the_messages_that_its_replies_name_and_no_other(voted: MailDesk, tmp_path: Path) -> None:
    made = export(voted.ledger, tmp_path / "second.zip", vote="S/2026/2")
    found = verify_bundle(made.path)
    assert found.problems == ()
    assert "1 reply names a message that is not handed over here" in " ".join(found.not_proved)
    held = {name.removeprefix("data/files/") for name in members(made.path) if name.startswith("data/files/")}
    salted = [each.digest for each in voted.ledger.messages()]
    assert [each in held for each in salted] == [False, True, False, False]
    assert not any(digest(mail(text=text)) in held for text in ("first\n", "second\n", "third\n"))
    assert json.loads(members(made.path)["data/record.json"])["votes"][0]["replies"][0]["message"]["received"] == 1


def test_a_message_cannot_be_left_out_of_a_bundle_unseen(voted: MailDesk, tmp_path: Path) -> None:
    whole = members(export(voted.ledger, tmp_path / "second.zip", vote="S/2026/2").path)
    salted = voted.ledger.message(1).digest
    without = {name: content for name, content in whole.items() if name != f"data/files/{salted}"}
    assert failing(verify_bundle(written(without, tmp_path / "file.zip"))) == {9}
    log, lines = json.loads(whole["data/log.json"]), whole["data/register.jsonl"].splitlines(keepends=True)
    at = next(n for n, each in enumerate(log["recalled"]) if n >= 3)
    log["recalled"] = log["recalled"][:at] + log["recalled"][at + 1 :]
    shorter = whole | {
        "data/log.json": json.dumps(log, separators=(",", ":"), sort_keys=True).encode() + b"\n",
        "data/register.jsonl": b"".join(lines[:at] + lines[at + 1 :]),
    }
    assert 19 in failing(verify_bundle(written(shorter, tmp_path / "entry.zip")))


def test_a_whole_bundle_holds_what_all_replies_name(voted: MailDesk, tmp_path: Path) -> None:
    made = export(voted.ledger, tmp_path / "whole.zip")
    assert verify_bundle(made.path).problems == ()
    held = members(made.path)
    salted = [f"data/files/{each.digest}" in held for each in voted.ledger.messages()]
    assert salted == [False, True, False, True]


def test_a_published_log_shows_no_message_and_says_what_is_not_checked(voted: MailDesk, tmp_path: Path) -> None:
    publish(voted.ledger, tmp_path / "www")
    found = verify_tiles(FolderSource(tmp_path / "www"))
    assert found.problems == ()
    assert "2 replies name messages that are not handed over here" in " ".join(found.not_proved)
    names = {path.name for path in (tmp_path / "www").rglob("*") if path.is_file()}
    assert not names & {each.digest for each in voted.ledger.messages()}


def test_what_is_new_since_a_checkpoint_knows_the_messages_from_before(voted: MailDesk) -> None:
    head = voted.ledger.log.head()
    assert head is not None
    third = voted.circulated("S/2026/3")
    third.reply("CHN", "in_favour", PAPER, message=0, part="2")
    ledger = voted.ledger
    found = verify_since(head.note, ledger.streams, ledger.log, ledger.files)
    assert found.problems == ()


def test_a_copy_holds_every_message_and_receives_none_of_them_again(voted: MailDesk, tmp_path: Path) -> None:
    copy(voted.ledger, tmp_path / "copy.db")
    with Ledger.open(tmp_path / "copy.db", log_signer=voted.ledger.log_signer, clock=lambda: voted.now) as again:
        assert again.receive_message(mail(text="third\n"), signer=INTAKE).already
        assert again.verify().problems == ()


def test_nothing_of_a_bundle_with_messages_can_be_left_out_and_it_still_hold(voted: MailDesk, tmp_path: Path) -> None:
    whole = members(export(voted.ledger, tmp_path / "second.zip", vote="S/2026/2").path)
    log, lines = json.loads(whole["data/log.json"]), whole["data/register.jsonl"].splitlines(keepends=True)
    for at in range(len(lines)):
        part = {**log, "recalled": log["recalled"][:at] + log["recalled"][at + 1 :]}
        shorter = whole | {
            "data/log.json": json.dumps(part, separators=(",", ":"), sort_keys=True).encode() + b"\n",
            "data/register.jsonl": b"".join(lines[:at] + lines[at + 1 :]),
        }
        assert not verify_bundle(written(shorter, tmp_path / f"line-{at}.zip")).holds
    for name in (each for each in whole if each.startswith("data/files/")):
        less = {other: content for other, content in whole.items() if other != name}
        assert 9 in failing(verify_bundle(written(less, tmp_path / f"{name.rpartition('/')[2]}.zip")))

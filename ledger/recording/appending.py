"""Appends to a ledger: reads what others have recorded, and stores entries together with the head over them.

What was read is kept in memory, so an act costs one query for what is new (docs/adr/0020). Every method tries once;
:func:`..log.sequencer.in_turn` retries on the new state if others were first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from ...domain.errors import Refused
from ...domain.register import Register
from ...domain.register_acts import LogKeySucceeded, RegisterStated
from ..edge.face import refused_to_record
from ..entries.entry import REGISTER_STREAM, StoredEntry, sign_entry
from ..entries.files import Files, StoredDocuments
from ..entries.kinds import AnyAct
from ..entries.placing import Placed, draft_all
from ..entries.streams import vote_stream
from ..errors import Busy
from ..hours import KnownHours
from ..judging import check_stated
from ..log.log import Head, LogStore, Look, Outlook
from ..log.sequencer import Tip, check_tail, covering, follows, latest_tokens, seen, tip_of
from ..process import Turn, limits
from ..reading import KnownRegister, KnownVotes
from ..standards.cosignature import log_key
from ..standards.ed25519 import Signer
from ..standards.merkle import NodeId
from ..standards.note import NoteSigner, among_many
from ..standards.signing import CheckedSigner, checked
from ..stores.store import DATABASE_ERRORS
from ..stores.streams import Streams
from .messages import KnownMessages

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound="Appending")

_FEW = 50  # the number of signatures from which loading libsodium, which verifies in half the time, pays off


class Signers(NamedTuple):
    """The signers:

    ``act`` for the entry of an act, ``log`` for the head over it. Without ``log`` nothing can be recorded.
    """

    act: CheckedSigner
    log: Signer | None


def in_own_turn(method: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
    """``method``, which uses a recorder's memory, run by one thread at a time."""

    @wraps(method)
    def alone(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.turn:
            return method(self, *args, **kwargs)

    return alone


class Appending:
    """Appends to the entries in ``streams``, with ``log`` over them.

    Threads take turns: every method holds ``turn``, even while it waits for the store or a signer, and a caller may
    hold it over several methods. It is always acquired before any lock of the store, so that no two threads wait for
    each other.

    Methods that read raise Broken if an entry was changed after it was signed; methods that record or sign raise
    SignerFailed if a signer gives no valid signature within ``signer_seconds``, and then nothing is changed.
    """

    def __init__(
        self, streams: Streams, log: LogStore, files: Files, documents: StoredDocuments, *, signer_seconds: float
    ) -> None:
        self._streams, self._log = streams, log
        self._files = files
        self._documents = documents
        self._signer_seconds = signer_seconds
        self.turn = Turn(limits().wait)
        self._known = KnownRegister()
        self._messages = KnownMessages(self._known, streams.stream, files)
        self._votes = KnownVotes(self._known, documents, held=limits().votes, messages=self._messages)
        self._hours = KnownHours(streams, log, documents)
        self._tip: Tip | None = None
        self._signs: tuple[Signer, str, bool, NoteSigner] | None = None
        self._signed = 0
        self._stamps: tuple[int, ...] = ()
        self._tokens: tuple[str, ...] = ()

    def _pen(self, signer: Signer) -> CheckedSigner:
        pen = checked(signer, seconds=self._signer_seconds)
        return pen.among_many() if self._signed > _FEW else pen

    @in_own_turn
    def look(self, name: str | None = None, *, tolerant: bool = False) -> Register:
        """Read, in one query, what others have recorded: in the register, in the log, and in a vote.

        It runs before the lock, since judging, composing and signing take longest; :meth:`_append` handles what it
        misses. ``tolerant``: entries of the register that no key in authority signed are allowed, for the act that
        disowns them.

        Raises:
            Broken: the data differs from what was signed, or is older than what was read before.
        """
        versions = {REGISTER_STREAM: self._known.version}
        if name is not None:
            versions[vote_stream(name)] = self._votes.version(name)
        found = self._streams.look(versions, self._tip.head if self._tip else None)
        check_tail(self._take(found), found.last)
        if found.stamps != self._stamps:
            self._stamps, self._tokens = found.stamps, latest_tokens(self._log, self._tip, self._known.log_keys())
        if self._known.refused is not None and not tolerant:
            raise self._known.refused
        if name is not None:
            self._votes.follow(name, (stored for stored in found.behind if stored.originator_id != REGISTER_STREAM))
        return self._known.now

    def _read_register(self) -> None:
        self._known.take(self._streams.stream(REGISTER_STREAM, after=self._known.version))

    def _vouch(self, head: Head | None) -> None:
        from ..audit.since import check_behind  # rarely is there anything

        check_behind(self._streams, self._log, self._files, head)

    def _take(self, found: Outlook) -> Tip | None:
        self._known.take(stored for stored in found.behind if stored.originator_id == REGISTER_STREAM)
        keys = self._known.log_keys()
        if self._tip is not None:  # another process records too, so this is not the last head to check
            keys = tuple(map(among_many, keys))
        self._tip = tip_of(found.edge, keys, self._log.nodes, self._tip)
        return self._tip

    def _write(self, acts: Sequence[Placed], signers: Signers, office: str, judged_by: Register) -> list[StoredEntry]:
        # The register was read again: the signer's key may have been revoked there.
        if self._known.now is not judged_by:
            raise Busy("the register has changed meanwhile")
        successors = [log_key(each.act.log_key) for each in acts if isinstance(each.act, LogKeySucceeded)]
        self._note_signer(str([*self._known.log_keys(), *successors][-1]), signers.log)
        try:
            latest, register = seen(self._tip, self._tokens), self._known.version
            drafts = draft_all(acts, register=register, key=signers.act.key_id, office=office, seen=latest)
            self._signed += len(drafts)
            pen = self._pen(signers.act)
            entries = [sign_entry(draft, pen) for draft in drafts]
            self._tip = self._hours.after(acts[-1], self._append(entries, signers.log, [each.act for each in acts]))
            return entries
        except DATABASE_ERRORS as error:
            raise refused_to_record(error) from None

    def _append(self, entries: Sequence[StoredEntry], log_signer: Signer | None, acts: Sequence[AnyAct]) -> Tip | None:
        """Store the entries of ``acts`` together with the head over them; return the head."""
        grown: Tip | None = None
        successors = [log_key(act.log_key) for act in acts if isinstance(act, LogKeySucceeded)]

        def cover(stored: Sequence[StoredEntry], look: Look) -> tuple[Mapping[NodeId, bytes], Head]:
            # Called with the store locked and the positions assigned: until the commit nobody else records or signs. So
            # if the positions show that the last query is too old, one more query finds all that the head must cover.
            nonlocal grown
            if self._tip is None or not follows(stored, self._tip):  # another process was first
                # Then the register is the one known here plus this act.
                ours = stored[0].originator_id == REGISTER_STREAM
                before = self._known.version
                self._take(look({} if ours else {REGISTER_STREAM: before}, self._tip.head if self._tip else None))
                # If the vote has changed, the insert has already failed by its version; the register is another stream.
                if self._known.version != before:  # the act was judged by the old register
                    raise Busy("the register has changed meanwhile")
                for stated in (act for act in acts if isinstance(act, RegisterStated)):  # for votes it says more
                    check_stated(stated, self._streams.stream)
            signer = self._note_signer(str([*self._known.log_keys(), *successors][-1]), log_signer)
            nodes, grown = covering(self._log, self._streams, signer, stored, self._tip, vouch=self._vouch)
            return nodes, grown.head

        self._streams.append(entries, cover)
        return grown

    def _note_signer(self, vkey: str, log_signer: Signer | None) -> NoteSigner:
        if log_signer is None:
            raise Refused(None, "the log's key is needed to record an act and to sign the checkpoint over it")
        kept, many = self._signs, self._signed > _FEW
        if kept is None or kept[0] is not log_signer or kept[1:3] != (vkey, many):
            signer = NoteSigner(log_key(vkey).name, self._pen(log_signer))
            if str(signer.verifier) != vkey:
                raise Refused(None, "the key given for the log is not the one that the register names")
            kept = self._signs = log_signer, vkey, many, signer
        return kept[3]

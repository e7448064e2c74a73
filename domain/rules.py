"""What the procedure forbids: a second opening, a moved deadline, an announcement before the close.

A forbidden command is refused. A reply is never forbidden, but entering one letter twice is; :mod:`.validity` handles
offences of replies.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .acts import (
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
    ReplyRejected,
    VoteCast,
    WindowChanged,
)
from .certainty import possible_outcomes
from .corrections import check_correction, check_draft_correction, read_position, the_reply
from .course import course_of
from .describe import letter_said
from .ending_acts import ResultAnnounced, TallyCirculated, VoteAnnulled, VotingClosed
from .errors import Malformed, Refused
from .facts import check_facts_due
from .instant import Span
from .lasting import NOTHING
from .on_record import positions_of, unknown
from .optional_act_rules import check_optional_act
from .optional_acts import OptionalAct
from .phrase import AnyOf, Code, Said, Value, Word
from .procedure_rules import OPEN
from .result_number import check_number, check_numbered
from .rules_of import annulment, counting_rule, early_close, extension_rule, known_member
from .state import VoteState
from .tally import counts_of, outcome_of
from .titles import outcome_code
from .validity import groundless, rejections
from .voiding import check_voiding, replaced
from .window_said import end_said


def check(state: VoteState, act: Act, at: Span) -> None:
    """Check ``act`` against the current state of the vote. ``at`` is when it happens: the clock, or what print allows.

    Raises:
        Refused: the procedure forbids it (with the clause), or it makes no sense here (without).
        Malformed: it names a member or a choice that the procedure cannot know, or lacks an instant it needs.
    """
    procedure = state.procedure
    opens = isinstance(act, LetterSent) and act.kind == "opening"
    if state.annulled is not None and (opens or isinstance(act, _ENDED_BY_ANNULMENT)):
        raise Refused((annulment(procedure) or procedure.withdrawal).clause, Said.of("the vote was annulled"))
    match act:  # most frequent first
        case VoteCast():
            read_position(procedure, act)
            replaced(state, act)
            _check_source(state, act)
        case ReceiptAcknowledged():
            if the_reply(state, act.member, act.reply).acknowledged is not None:
                raise Refused(None, f"reply {act.reply} of {act.member} is acknowledged already")
        case DraftCirculated():
            raise Refused(None, f"the draft {state.name} is circulated already")
        case DraftWithdrawn():
            if state.opening is not None:
                raise Refused(procedure.withdrawal.clause, Said.of("a draft may not be withdrawn once voting is open"))
            if state.withdrawn is not None:
                raise Refused(None, f"the draft {state.name} is withdrawn already")
        case LetterSent():
            if act.sender is not None:
                known_member(procedure, act.sender)
            if act.kind == "opening":
                _check_opening(state, act)
            elif act.kind != "procedure" and not state.is_closed and not state.documented:
                text = Said.of("no {letter} is sent before voting is closed", letter=letter_said(act.kind))
                raise Refused(procedure.window.clause, text)
        case ReplyRejected():
            _check_rejection(state, act)
        case ExplanationFiled() | CoSponsorshipAnnounced():
            known_member(procedure, act.member)
        case WindowChanged():
            _check_change(state, act, at)
        case VotingClosed():
            _check_closing(state, act, at)
        case TallyCirculated():
            _check_counts(state, act)
        case ResultAnnounced():
            _check_announcement(state, act, at)
        case ClericalErrorCorrected():
            check_correction(state, act)
        case DraftCorrected():
            check_draft_correction(state, act)
        case EntryVoided():
            check_voiding(state, act, at)
        case VoteAnnulled():
            _check_annulment(state, act, at)
        case _:
            check_optional_act(state, act, at)


_ENDED_BY_ANNULMENT = (
    DraftCorrected,
    DraftWithdrawn,
    WindowChanged,
    VotingClosed,
    TallyCirculated,
    ResultAnnounced,
    VoteAnnulled,
    OptionalAct,
)


def check_entry_of_opening(state: VoteState, act: LetterSent, now: datetime) -> None:
    """Check that an opening letter of a vote that is not a documented history may be entered ``now``, and does not
    shorten the window.

    Raises:
        Refused: it is entered long after it opened the window and without its paper, or its deadline leaves less than
        the procedure's hours from then on.
    """
    procedure, rule = state.procedure, state.procedure.window
    opens = state.span(act.opens_at).earliest
    if opens is None:
        return
    entered_late = now - opens > timedelta(seconds=procedure.recording.lag_seconds)
    if entered_late and act.sha256 is None and state.draft.act.times == "live":
        text = Said.of(
            "an opening entered {late} after the instant it gives needs its letter: attach it", late=now - opens
        )
        raise Refused(procedure.opening.clause, text)
    if not entered_late or act.closes_at is None:
        return
    if act.closes_at < state.closing_of(now):
        raise Refused(rule.clause, _too_short(rule.said_length))


def check_round(act: DraftCirculated, before: VoteState | None) -> None:
    """Check that a draft may be put in its round. ``before`` is the vote on it in the round before, if any.

    Raises:
        Refused: that round is missing, not over, or of another kind of times, or ``after`` is not the entry that ended
        it.
    """
    if act.round == 1:
        return
    if before is None:
        raise Refused(None, f"round {act.round} of {act.symbol} follows round {act.round - 1}, and there was none")
    if act.times != before.draft.act.times:  # a rehearsal and the real vote never share one symbol
        times = f"{act.times}, and round {before.round} is {before.draft.act.times}"
        raise Refused(None, f"round {act.round} of {act.symbol} is {times}: all rounds of a draft are of one kind")
    if before.ended is None:
        raise Refused(None, f"round {before.round} of {act.symbol} is not over; the draft cannot be put again before")
    if act.after != before.ended.entry:
        raise Refused(None, f"round {before.round} of {act.symbol} was not ended by the entry that this one names")


def check_new(state: VoteState, act: VoteCast) -> None:
    """Refuse to enter a letter twice, as two officers with the same letter might: it would count as a second reply.

    Letters are the same if their bytes are, or, if no bytes are kept, if everything on paper is. It is compared with
    the member's last reply only: a member that changed its vote in between may return to its first words.

    Raises:
        Refused: it is on record already.
    """
    places = state.by_member.get(act.member, NOTHING)
    replies = (state.replies[at] for at in reversed(places))
    reply = next((each for each in replies if each.voided is None), None)
    if reply is None:
        return
    before, number = reply.entered.act, reply.entered.number
    if before.ballot != act.ballot or before.instrument.sha256 != act.instrument.sha256:
        return
    if act.instrument.sha256 is None and before.message != act.message:
        return
    if act.message is not None or act.instrument.sha256 is not None or _on_paper(before) == _on_paper(act):
        text = Said.of(
            "this letter of {member} is on record already, as its reply {reply} (act {number}, entered {entered}); "
            "nothing was recorded. If another one came, attach its bytes",
            member=act.member,
            reply=reply.ordinal,
            number=number,
            entered=reply.entered.recorded_at,
        )
        raise Refused(None, text)


def _on_paper(act: VoteCast) -> VoteCast:
    """The contents of a letter: everything except its arrival and where it is printed."""
    return act.model_copy(update={"received_at": None, "source": None, "replaces": None})


def _check_source(state: VoteState, act: VoteCast) -> None:
    """Check the stated contents of a reply against its source."""
    if act.message is not None and state.documented:
        raise Malformed("message: a documented history rests on what is printed, not on messages")
    shown = state.draft.act.replies
    if act.says == "not_on_record" and not state.documented:
        raise Malformed("says: only in a documented history may a position not be on record")
    if act.position is not None and shown in {"counts_only", "secret_ballot"}:
        raise Malformed(
            f"position: by the draft's replies, {shown}, nobody's position is on record; "
            "where some are, write incomplete there"
        )


def _check_opening(state: VoteState, act: LetterSent) -> None:
    procedure, rule = state.procedure, state.procedure.window
    if state.opening is not None:
        raise Refused(procedure.opening.clause, Said.of("voting on {symbol} was opened already", symbol=state.name))
    if state.withdrawn is not None:
        text = Said.of("the draft {symbol} is withdrawn; it cannot be put to the vote", symbol=state.name)
        raise Refused(procedure.opening.clause, text)
    check_facts_due(state, "opening")
    if rule.fixed_by == "procedure" and act.closes_at is not None and not state.prints_deadlines:
        text = Said.of("the deadline follows from the opening and cannot be set")
        if rule.starts == "first_reply":
            text = Said.of("the deadline follows from the first reply that counts, and cannot be set")
        raise Refused(rule.clause, text)
    if rule.fixed_by == "closing" and act.closes_at is not None:
        raise Refused(rule.clause, Said.of("no deadline is set: voting is open until it is closed"))
    if not state.documented:
        if not isinstance(act.opens_at, datetime):
            raise Malformed("opens_at: an opening needs the instant at which the window opens")
        if rule.fixed_by == "letter" and act.closes_at is None:
            raise Malformed("closes_at: under this procedure the opening letter fixes the deadline")
    if act.counting is not None and act.counting not in rule.countings:
        text = Said.of(
            "the procedure does not count hours in this way ({counting}), only so: {allowed}",
            counting=Word(act.counting),
            allowed=AnyOf(tuple(map(Word, rule.countings))),
        )
        raise Refused(counting_rule(procedure).clause, text)
    opens = state.span(act.opens_at).earliest
    if opens is None:
        return
    if rule.length is not None and state.closing_of(opens) < opens:
        raise Refused(rule.clause, Said.of("the window would be over before it opens"))
    if act.closes_at is None or state.prints_deadlines:
        return
    if act.closes_at < state.closing_of(opens):
        raise Refused(rule.clause, _too_short(rule.said_length))


def _too_short(length: Value) -> Said:
    return Said.of("the deadline is at least {length} after the opening", length=length)


def _check_rejection(state: VoteState, act: ReplyRejected) -> None:
    reply = the_reply(state, act.member, act.reply)
    if rejections(state, reply):
        raise Refused(None, f"reply {act.reply} of {act.member} is rejected already")
    if act.clause not in {clause.id for clause in state.procedure.clauses}:
        raise Refused(None, f"{state.procedure.id} has no clause {act.clause!r}")
    if state.procedure.clause(act.clause).effect != "reject":
        raise Refused(act.clause, Said.of("an offence against this clause is no ground to reject a reply"))
    if not state.documented and groundless(state, reply, act.clause):
        text = Said.of(
            "nothing on record shows that reply {reply} of {member} offends this clause",
            reply=act.reply,
            member=state.procedure.said(act.member),
        )
        raise Refused(act.clause, text)


def _check_change(state: VoteState, act: WindowChanged, at: Span) -> None:
    rule, clause = state.procedure.window, extension_rule(state.procedure).clause
    if state.opening is None:
        raise Refused(clause, Said.of("there is no window to change before voting is open"))
    if rule.fixed_by == "closing":
        raise Refused(clause, Said.of("there is no deadline to move: voting is open until it is closed"))
    if not rule.extendable:
        raise Refused(clause, Said.of("the deadline cannot be moved"))
    if state.is_closed or state.window.closes.certainly_before(at):
        raise Refused(clause, Said.of("the window is over; its deadline cannot be moved any more"))
    if state.window.awaits is not None:
        raise Refused(clause, Said.of("there is no deadline to move yet: {end}", end=end_said(state) or ""))
    least = state.least_end
    if least is not None and act.closes_at < least:
        raise Refused(clause, _too_short(rule.said_length))
    if at.earliest is not None and act.closes_at < at.earliest:
        raise Refused(clause, Said.of("the deadline cannot be moved into the past"))


def _check_closing(state: VoteState, act: VotingClosed, at: Span) -> None:
    rule = state.procedure.window
    if state.opening is None:
        raise Refused(rule.clause, Said.of("voting is not open"))
    if state.closed is not None:
        raise Refused(rule.clause, Said.of("voting is closed already"))
    if rule.fixed_by == "closing" and act.closed_at is not None and not state.documented:
        text = Said.of("when voting is closed is not typed: the window ends as this is recorded")
        raise Refused(rule.clause, text)
    check_facts_due(state, "close")
    early = early_close(state.procedure)
    if early is not None and outcome_of(state) in early.on:
        _check_after_all_on_record(state, act)
        return
    closes, closed = state.window.closes, state.span(act.closed_at) if act.closed_at else at
    awaited = state.window.awaits in {"first_reply", "resumption"}
    open_ = at.certainly_before(closes) or closed.certainly_before(closes)
    if (awaited or open_) and not state.suspended and course_of(state).decided_by(closed):
        _check_after_all_on_record(state, act)
        return
    if awaited or (state.suspended and not state.documented):
        text = Said.of("voting cannot be closed yet: {end}", end=end_said(state) or "")
        raise Refused(rule.clause, text)
    if open_:
        text = Said.of("the window is open; voting cannot be closed before")
        if closes.earliest:
            text = Said.of("the window is open until {until}; voting cannot be closed before", until=closes.earliest)
        raise Refused(rule.clause, text)


def _check_after_all_on_record(state: VoteState, act: VotingClosed) -> None:
    known, closed = state.last_recorded_at, state.span(act.closed_at).latest
    if not state.documented and known is not None and closed is not None and closed < known:
        text = Said.of("acts are on record until {until}; an early close lies after them", until=known)
        raise Refused(state.procedure.window.clause, text)


def _check_counts(state: VoteState, act: TallyCirculated) -> None:
    procedure = state.procedure
    known = [*procedure.choices, procedure.silence.means]
    if strange := sorted(set(act.counts) - set(known)):
        raise Malformed(f"counts: {strange[0]!r} is no choice of {procedure.id}; they are {', '.join(known)}")
    if state.documented:
        return
    if not state.is_closed:
        raise Refused(procedure.window.clause, Said.of("no tally is circulated before voting is closed"))
    counted = counts_of(state)
    if {name: act.counts.get(name, 0) for name in known} != counted:
        shown = tuple(Said.of("{choice} {number}", choice=Code(name), number=count) for name, count in counted.items())
        text = Said.of("the counts differ from the ledger's: {counts}", counts=shown)
        raise Refused(procedure.decision.clause, text)


def _check_announcement(state: VoteState, act: ResultAnnounced, at: Span) -> None:
    procedure = state.procedure
    clause = procedure.announcement.clause if procedure.announcement else procedure.window.clause
    if act.by is not None:
        known_member(procedure, act.by)
    if state.result is None and act.corrects is not None:
        raise Refused(None, "corrects: no result is announced yet")
    if state.result is not None and act.corrects is None:
        raise Refused(clause, Said.of("the result is announced already"))
    if state.result is not None and act.corrects != state.result.number:
        raise Refused(None, f"corrects: the announcement that stands is act {state.result.number}")
    if state.opening is None:
        raise Refused(clause, Said.of("there is no result: voting was never opened"))
    if state.documented:
        if at.certainly_before(state.window.closes):
            raise Refused(clause, Said.of("announced before the window was over"))
    elif state.closed is None:
        raise Refused(clause, Said.of("no result is announced before voting is closed"))
    check_facts_due(state, "announcement")
    announced = act.outcome or (procedure.decision.passing if act.resolution else None)
    check_numbered(procedure, act)
    if unknown(positions_of(state)) and (state.documented or announced in possible_outcomes(state)):
        return  # the record allows several outcomes; the findings compare them
    decided = outcome_of(state)
    if course_of(state).perhaps and decided == OPEN and announced in possible_outcomes(state):
        return  # the order of arrival, and so the decision, is not certain; the findings say so
    if announced is not None and announced != decided:
        text = Said.of(
            "announced as {announced}; by the rules the outcome is {outcome}",
            announced=outcome_code(procedure, announced),
            outcome=outcome_code(procedure, decided),
        )
        raise Refused(procedure.decision.clause, text)
    if state.draft.act.times != "simulated":  # a rehearsal's number must look like one
        check_number(procedure, act)


def _check_annulment(state: VoteState, act: VoteAnnulled, at: Span) -> None:
    procedure = state.procedure
    if act.by is not None:
        known_member(procedure, act.by)
    if (rule := annulment(procedure)) is None:
        raise Refused(procedure.withdrawal.clause, Said.of("no clause of the procedure lets a vote be annulled"))
    clause = rule.clause
    if state.opening is None:
        raise Refused(clause, Said.of("voting is not open: withdraw the draft instead"))
    if state.is_closed or state.window.closes.certainly_before(at):
        raise Refused(clause, Said.of("the window is over; a vote is annulled before the close"))
    if act.sha256 is None and not state.documented:
        raise Refused(clause, Said.of("an annulment needs the paper that says so: attach it"))

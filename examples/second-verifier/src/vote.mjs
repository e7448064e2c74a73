// A vote as its acts make it, one after the other (ENT-50 to ENT-63). An act that makes it unreadable is check 10; an
// act that the procedure forbids is a finding, has the effect that this file gives it, and fails nothing.

import { write } from './json.mjs';
import { demandMember, earliestClosing, fact, resume, seat, startAtReply, suspend } from './turns.mjs';
import { instantOf, microsOf } from './types.mjs';
import { Unreadable, unreadable } from './unreadable.mjs';
import { closeOf, exactly, openingBounds } from './window.mjs';

const MOST_ACTS = 50_000;
const CORRECTED = ['title', 'dated', 'sponsors', 'question', 'languages', 'texts'];
const PLAIN_FIELDS = [
  'position',
  'received_at',
  'sent_at',
  'explanation',
  'source',
  'says',
  'by',
  'reasons',
  'condition',
  'effective_at',
];
// What a member signed, and what was acknowledged, stays.
const VOIDABLE = new Set([
  'vote_cast',
  'reply_rejected',
  'letter_sent',
  'explanation_filed',
  'co_sponsorship_announced',
  'tally_circulated',
  'fact_recorded',
  'electorate_changed',
  'window_suspended',
  'window_resumed',
]);

function fieldOf(reply, field) {
  if (PLAIN_FIELDS.includes(field)) return { holder: reply.now, name: field };
  const found = /^instrument\.([a-z_0-9]+)$/.exec(field);
  const known = found && !Array.isArray(reply.now.instrument[found[1]]) && Object.hasOwn(reply.now.instrument, found[1]);
  return known ? { holder: reply.now.instrument, name: found[1] } : null;
}

// By what one letter is told from another, where its bytes are not kept: all that is on paper.
const ON_PAPER = ['position', 'says', 'by', 'answers', 'condition', 'reasons', 'effective_at', 'sent_at', 'instrument'];

/** What makes a letter the same letter: its bytes, or else all that is on paper; null where there is none. */
function letterOf(act) {
  if (act.ballot !== null) return null;
  if (act.instrument.sha256 !== null) return act.instrument.sha256;
  if ((act.message ?? null) !== null) return write(act.message);
  return write(Object.fromEntries(ON_PAPER.map((field) => [field, act[field] ?? null])));
}

export class Vote {
  constructor(stream, place) {
    this.stream = stream;
    this.place = place;
    this.draft = null;
    this.procedure = null;
    this.opening = null;
    this.replies = [];
    this.byMember = new Map();
    this.papers = new Map(); // of each member: a letter, and the last reply that it is
    this.acts = new Map(); // number of an act: its entry, and whether it is voided
    this.closed = null;
    this.withdrawals = 0;
    this.withdrawn = false;
    this.annulled = null;
    this.announcements = [];
    this.end = null;
    this.broken = null;
    this.findings = [];
    this.tallies = [];
    this.facts = [];
    this.seatChanges = [];
    this.suspensions = [];
    this.suspended = null;
    this.started = null;
    this.unsettled = []; // what was undone in ways that are not followed here
  }

  get times() {
    return this.draft.times;
  }

  get isDocumented() {
    return this.times === 'documented';
  }

  /** Put an act. What it breaks is told once, as a text: the vote is read no further. */
  put(item, context) {
    if (this.broken) return null;
    try {
      this.fold(item, context);
      return null;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.broken = error.message;
      return error.message;
    }
  }

  fold(item, context) {
    const { act, index } = item.entry;
    if (index >= MOST_ACTS) unreadable('a vote has at most 50,000 acts');
    if (this.draft === null) this.circulate(item, context);
    else this.follow(act, item, context);
    if (!this.acts.has(index)) this.acts.set(index, { item, voided: null, reply: null });
  }

  follow(act, item, context) {
    const other = { fact_recorded: fact, electorate_changed: seat, window_suspended: suspend, window_resumed: resume }[act.act];
    if (other) return other(this, item);
    const method = {
      draft_circulated: 'again',
      letter_sent: 'letter',
      vote_cast: 'reply',
      reply_rejected: 'reject',
      receipt_acknowledged: 'acknowledge',
      clerical_error_corrected: 'correctReply',
      draft_corrected: 'correctDraft',
      entry_voided: 'void',
      draft_withdrawn: 'withdraw',
      window_changed: 'moveClose',
      voting_closed: 'close',
      result_announced: 'announce',
      vote_annulled: 'annul',
      tally_circulated: 'tally',
    }[act.act];
    return method ? this[method](item, context) : undefined;
  }

  find(act, what) {
    this.findings.push({ act, what });
  }

  circulate(item, context) {
    const { act } = item.entry;
    if (act.act !== 'draft_circulated') unreadable(`the vote begins with ${act.act}, not with a circulation`);
    this.draft = { ...act };
    this.procedureDigest = act.procedure;
    this.procedure = context.procedure(act.procedure);
    if (!this.procedure) unreadable('the procedure cannot be read');
    if (!this.procedure.questionKinds.has(act.question)) unreadable(`the procedure has no kind of question ${act.question}`);
    const fault = context.roundFault(this, act);
    if (fault) unreadable(fault);
  }

  again() {
    unreadable('the draft is circulated again');
  }

  letter(item, context) {
    const { act } = item.entry;
    if (act.kind !== 'opening') return;
    if (act.snapshot === null) unreadable('the opening pins nothing: it has no snapshot');
    const snapshot = context.snapshot(act.snapshot);
    if (!snapshot) unreadable('what the opening pins cannot be read');
    const zone = snapshot.zone ? context.zone(snapshot.zone.sha256) : null;
    if (snapshot.zone && !zone) unreadable('the zone that the opening pins cannot be read');
    if (!this.isDocumented && act.opens_at !== null && act.opens_at.length === 10)
      unreadable('a live vote that opens on a day, at no instant');
    if (this.opening || this.withdrawn || this.annulled) return this.find(item.entry.index, 'a forbidden opening');
    const opens = openingBounds(act.opens_at, zone);
    const counting = snapshot.counting ?? act.counting ?? this.procedure.window.counting ?? 'elapsed';
    const closes = closeOf(opens, act, counting, this.procedure, zone, this.isDocumented);
    this.opening = {
      item,
      counting,
      act,
      digest: item.digest,
      snapshot,
      zone,
      texts: write(this.draft.texts),
      opens,
      closes,
      closesAt: closes.at === null ? null : instantOf(closes.at),
    };
    this.window = closes;
    this.members = new Set(snapshot.roster.members.map((seat) => seat.member));
  }

  replyOf(act) {
    const reply = (this.byMember.get(act.member) ?? [])[act.reply - 1];
    if (!reply) unreadable(`no reply ${act.reply} of ${act.member} is on record`);
    if (reply.voided !== null) unreadable(`reply ${act.reply} of ${act.member} is voided`);
    return reply;
  }

  reply(item) {
    const { act, index } = item.entry;
    demandMember(this, act.member);
    if (act.position !== null && !this.procedure.choices.has(act.position))
      unreadable(`the procedure has no position ${act.position}`);
    for (const { question, position } of act.answers ?? []) {
      if (!this.procedure.questions.get(question)?.choices.has(position))
        unreadable(`the procedure has no answer ${position} to ${question}`);
    }
    const list = this.byMember.get(act.member) ?? [];
    const papers = this.papers.get(act.member) ?? new Map();
    const paper = act.instrument.sha256 ?? ((act.message ?? null) === null ? null : write(act.message));
    const replaces = act.replaces ?? null;
    let replaced = null;
    if (replaces !== null) {
      replaced = this.acts.get(replaces)?.reply ?? null;
      if (replaced?.member !== act.member) unreadable(`act ${replaces} is not a reply of ${act.member} on record`);
      replaced.replacedBy = index;
    }
    const letter = letterOf(act);
    const twin = letter === null ? null : papers.get(letter);
    if (twin && twin.voided === null && twin !== replaced)
      unreadable(`the letter of reply ${twin.ordinal} of ${act.member} is entered twice`);
    const reply = {
      item,
      number: index,
      member: act.member,
      ordinal: list.length + 1,
      paper,
      replaces,
      replaced,
      replacedBy: null,
      voided: null,
      rejected: [],
      acknowledged: null,
      now: { ...act, instrument: { ...act.instrument } },
      readAt: this.readingOf(item, paper, replaced),
      wasAnnounced: this.announcements.length > 0,
    };
    list.push(reply);
    if (letter !== null) this.papers.set(act.member, papers.set(letter, reply));
    this.acts.set(index, { item, voided: null, reply });
    this.byMember.set(act.member, list);
    this.replies.push(reply);
    startAtReply(this, reply);
  }

  /** When a reply was read: one that replaces a voided one of the same bytes and position is as old as that one. */
  readingOf(item, paper, replaced) {
    const own = microsOf(item.entry.recorded_at);
    const isSame = replaced && paper !== null && replaced.paper === paper && replaced.now.position === item.entry.act.position;
    return isSame && replaced.readAt < own ? replaced.readAt : own;
  }

  reject(item) {
    const { act, index } = item.entry;
    const reply = this.replyOf(act);
    if (!this.procedure.clauses.has(act.clause)) unreadable(`the procedure has no clause ${act.clause}`);
    if (reply.rejected.length) unreadable(`reply ${act.reply} of ${act.member} is rejected twice`);
    reply.rejected.push({ act: index, clause: act.clause });
    this.acts.set(index, { item, voided: null, reply });
  }

  acknowledge(item) {
    const { act, index } = item.entry;
    const reply = this.replyOf(act);
    if (reply.acknowledged) unreadable(`reply ${act.reply} of ${act.member} is acknowledged twice`);
    reply.acknowledged = { act: index, at: act.acknowledged_at };
    this.acts.set(index, { item, voided: null, reply });
  }

  /** Until the announcement, where the procedure says so; what is printed may be corrected at any time. */
  isClosedToCorrection() {
    return this.procedure.correctableUntil === 'announcement' && this.announcements.length > 0 && !this.isDocumented;
  }

  correctReply(item) {
    const { act, index } = item.entry;
    const reply = this.replyOf(act);
    const place = fieldOf(reply, act.field);
    if (place && place.holder[place.name] !== act.was) unreadable(`the correction names another old value of ${act.field}`);
    if (act.was === act.now) unreadable('the new value is the old one');
    if (act.field === 'position' && act.now !== null && !this.procedure.choices.has(act.now))
      unreadable(`the procedure has no position ${act.now}`);
    const isLate = this.isClosedToCorrection();
    const isBacked = act.field !== 'position' || (act.sha256 !== null && (reply.paper === null || reply.paper === act.sha256));
    if (!place || !this.procedure.correctable.has(act.field) || isLate || !isBacked)
      return this.find(index, 'a forbidden correction');
    place.holder[place.name] = act.now;
    if (act.field === 'position') reply.readAt = microsOf(item.entry.recorded_at);
    return undefined;
  }

  correctDraft(item) {
    const { act, index } = item.entry;
    if (!CORRECTED.includes(act.field)) return;
    if (write(this.draft[act.field]) !== write(act.was)) unreadable(`the correction names another old value of ${act.field}`);
    if (write(act.was) === write(act.now)) unreadable('the new value is the old one');
    if (this.opening && !this.isDocumented) return this.find(index, 'a forbidden correction of the draft');
    this.draft[act.field] = act.now;
    return undefined;
  }

  void(item) {
    const { act, index } = item.entry;
    const target = this.acts.get(act.number);
    if (!target) unreadable(`no act ${act.number} is on record`);
    if (target.voided !== null) unreadable(`act ${act.number} is voided twice`);
    const { act: undone, index: number } = target.item.entry;
    const isSigned = undone.act === 'vote_cast' && undone.ballot !== null;
    const isLate = this.announcements.length > 0 && !this.isDocumented;
    if (isLate || isSigned || !VOIDABLE.has(undone.act)) return this.find(index, 'a forbidden voiding');
    target.voided = index;
    const { reply } = target;
    if (undone.act === 'vote_cast') reply.voided = index;
    if (undone.act === 'reply_rejected') reply.rejected = [];
    for (const each of [...this.facts, ...this.seatChanges]) if (each.index === number) each.voided = true;
    if (reply !== null && reply === this.started) this.unsettled.push('the reply with which its window began was voided');
    const isTurn = undone.act === 'window_suspended' || undone.act === 'window_resumed';
    if (isTurn || undone.act === 'letter_sent') this.unsettled.push('a letter, or what its window rests on, was voided');
    return undefined;
  }

  withdraw(item) {
    if (++this.withdrawals > 1) unreadable('the draft is withdrawn twice');
    if (this.opening && !this.procedure.mayWithdrawOpened) return this.find(item.entry.index, 'a forbidden withdrawal');
    this.withdrawn = true;
    this.end ??= item;
    return undefined;
  }

  isOverAt(item) {
    return this.closed !== null || (this.window?.latest != null && microsOf(item.entry.recorded_at) >= this.window.latest);
  }

  moveClose(item) {
    const closes = microsOf(item.entry.act.closes_at);
    if (!this.opening || !this.procedure.window.isExtendable || this.isOverAt(item))
      return this.find(item.entry.index, 'a forbidden move of the deadline');
    this.window = { at: closes, earliest: closes, latest: closes };
    return undefined;
  }

  close(item) {
    const { act } = item.entry;
    if (this.procedure.window.fixedBy === 'closing') return this.closeChosen(item);
    const said = act.closed_at?.length > 10 ? microsOf(act.closed_at) : microsOf(item.entry.recorded_at);
    const isEarly = this.window?.earliest != null && said < this.window.earliest;
    if (!this.opening || this.closed || (isEarly && !this.procedure.mayCloseEarly))
      return this.find(item.entry.index, 'a forbidden close');
    if (isEarly) this.window = { at: said, earliest: said, latest: said };
    this.closed = item;
    return undefined;
  }

  /** ENT-70: nobody fixed a deadline, so that the window ends with the entry that closes it. */
  closeChosen(item) {
    const recorded = microsOf(item.entry.recorded_at);
    const said = this.isDocumented && item.entry.act.closed_at?.length > 10 ? microsOf(item.entry.act.closed_at) : recorded;
    const least = earliestClosing(this);
    const isForbidden = !this.opening || this.closed || this.suspended || (least !== null && said < least);
    if (isForbidden) return this.find(item.entry.index, 'a forbidden close');
    this.window = exactly(said);
    this.closed = item;
    return undefined;
  }

  announce(item) {
    const { act, index } = item.entry;
    const stands = this.announcements.at(-1) ?? null;
    const corrects = act.corrects ?? null;
    if (corrects !== null && stands?.item.entry.index !== corrects)
      unreadable('it corrects another announcement than the one in force');
    const isForbidden = !this.isDocumented && !(this.opening && this.isOverAt(item));
    if (isForbidden || (stands && corrects === null)) return this.find(index, 'a forbidden announcement');
    this.announcements.push({ item, act });
    this.end ??= item;
    return undefined;
  }

  annul(item) {
    const isForbidden = !this.procedure.mayAnnul && !this.isDocumented;
    if (isForbidden || this.isOverAt(item) || this.announcements.length || this.annulled)
      return this.find(item.entry.index, 'a forbidden annulment');
    this.annulled = item;
    this.end ??= item;
    return undefined;
  }

  tally(item) {
    this.tallies.push(item.entry.act.counts);
  }
}

// Which replies count, how many seats took each choice, and what the decision rule makes of that.

import { decide, factsOf, questionsOf, vetoersOf } from './decision.mjs';
import { electorateLimits, electorateOf } from './electorate.mjs';
import { microsOf } from './types.mjs';

/** When a reply arrived, as far as that is believed: one that was typed in later had come by its recording, no more. */
function arrivalOf({ source }, vote) {
  const recorded = microsOf(source.item.entry.recorded_at);
  const received = source.now.received_at?.length > 10 ? microsOf(source.now.received_at) : null;
  const isBelieved = received !== null && (vote.isDocumented || recorded <= received + vote.procedure.lag);
  return isBelieved ? { from: received, to: received } : { from: null, to: recorded };
}

/** ENT-56: the other one takes its place only if it certainly arrived first, or last. */
function takesPlace(reply, other, vote) {
  const mine = arrivalOf(reply, vote);
  const theirs = arrivalOf(other, vote);
  if (vote.procedure.standing === 'last') return mine.from !== null && mine.from > theirs.to;
  return theirs.from !== null && mine.to < theirs.from;
}

const effectOf = (vote, clause) => (clause ? (vote.procedure.clauses.get(clause) ?? null) : null);

/** Whether what a position asks for is not there, and the clause has it not counted. */
function isRefused(reply, vote, seat) {
  const { now } = reply.source;
  const rule = vote.procedure.positions.get(now.position);
  if (rule?.reasons === true && now.reasons === false && effectOf(vote, rule.clause) === 'reject') return true;
  const behalf = vote.procedure.onBehalf;
  if ((now.by ?? null) === null || !behalf || effectOf(vote, behalf.clause) !== 'reject') return false;
  return behalf.by !== 'alternates' || !(seat.alternates ?? []).includes(now.by);
}

function isLaterThanClose(reply, vote) {
  const { now } = reply.source;
  const rule = vote.procedure.positions.get(now.position);
  const close = vote.window?.at ?? null;
  return rule?.later === true && (now.effective_at ?? null) !== null && close !== null && microsOf(now.effective_at) > close;
}

/** ENT-55, ENT-56, ENT-74 and ENT-75: of each seat the reply that counts. */
function standingOf(vote, replies, seats) {
  const bySeat = new Map(seats.map((seat) => [seat.member, seat]));
  const standing = new Map();
  for (const reply of replies) {
    const seat = bySeat.get(reply.member);
    if (!seat || reply.voidedBy !== null || reply.says !== null) continue;
    if (reply.placement === 'late' || reply.placement === 'early') continue;
    const answers = reply.source.now.answers ?? [];
    if (!vote.procedure.choices.has(reply.position) && answers.length === 0) continue;
    if (vote.isDocumented && reply.rejected.length) continue;
    if (reply.source.wasAnnounced && !vote.isDocumented && vote.procedure.roles.after_announcement) continue;
    if (isRefused(reply, vote, seat) || isLaterThanClose(reply, vote)) continue;
    const other = standing.get(reply.member);
    if (!other || takesPlace(reply, other, vote)) standing.set(reply.member, reply);
  }
  return standing;
}

/**
 * What of a vote is not followed here: of the window, and with it of arrivals, or of the count alone. What is not
 * followed is not derived, and that is said.
 */
export function limitsOf(vote) {
  const { procedure } = vote;
  const ofWindow = [...vote.unsettled];
  const ofCount = electorateLimits(vote);
  if (!procedure.isUnderstood) ofWindow.push('its procedure is of a format that is not known here');
  const decided = procedure.decision?.decided;
  const isDecidedEarly = decided && Object.values(decided).some((word) => word !== 'at_close');
  if (isDecidedEarly) ofCount.push('its outcome may be decided before the close');
  if ([...procedure.positions.values()].some((rule) => rule.lapses)) ofCount.push('a position may lapse');
  if (vote.replies.some(({ now }) => (now.says ?? null) !== null))
    ofCount.push('a member took its reply back, or dissociated itself');
  if (vote.isDocumented) ofCount.push('it is a documented history');
  return { ofWindow, ofCount };
}

function tallyOf(vote, seats, standing) {
  const tally = Object.fromEntries([...vote.procedure.choices].map((choice) => [choice, 0]));
  const { silence } = vote.procedure;
  if (silence) tally[silence] ??= 0;
  for (const seat of seats) {
    const position = standing.get(seat.member)?.position ?? silence;
    if (position) tally[position] = (tally[position] ?? 0) + 1;
  }
  return tally;
}

/** What was on record when the lag had passed after the close; null where nothing was recorded after that. */
function atClose(vote, replies, seats) {
  const close = vote.window?.latest ?? null;
  if (!vote.opening || close === null || vote.isDocumented) return null;
  const limit = close + vote.procedure.lag;
  const isAfter = (item) => microsOf(item.entry.recorded_at) > limit;
  if (![...vote.acts.values()].some(({ item }) => isAfter(item))) return null;
  const early = replies.filter((reply) => !isAfter(reply.source.item));
  const standing = standingOf(vote, early, seats);
  const { outcome } = decide(
    vote,
    seats,
    standing,
    factsOf(vote, (item) => !isAfter(item)),
  );
  return { standing, outcome, tally: tallyOf(vote, seats, standing) };
}

/** The tally and the outcome: `open` where voting is not over, null where it is not derived here. */
export function outcomeOf(vote, replies) {
  const { seats, advisory } = electorateOf(vote);
  const standing = standingOf(vote, replies, seats);
  for (const reply of standing.values()) reply.counted = true;
  const answered = new Set(replies.filter((reply) => reply.voidedBy === null).map((reply) => reply.member));
  const silent = seats.filter((seat) => !answered.has(seat.member)).map((seat) => seat.member);
  const isOver = vote.closed !== null || vote.announcements.length > 0;
  const closed = atClose(vote, replies, seats);
  const amended = closed ? [...standing.values()].filter((reply) => closed.standing.get(reply.member) !== reply) : [];
  const facts = factsOf(vote);
  const isEnded = isOver && !vote.withdrawn && vote.annulled === null && vote.opening !== null;
  const derived = {
    tally: tallyOf(vote, seats, standing),
    silent,
    isOver,
    closed,
    amendedBy: amended.map((reply) => reply.act),
    advisory,
    facts,
    questions: questionsOf(vote, seats, standing, isEnded),
  };
  if (!isEnded) return { ...derived, outcome: 'open', conditions: [], vetoedBy: [], isUnanimous: false };
  const { outcome, conditions } = decide(vote, seats, standing, facts);
  const { unanimous, passing = 'adopted' } = vote.procedure.decision ?? {};
  const isUnanimous =
    outcome === passing &&
    Array.isArray(unanimous) &&
    seats.every((seat) => unanimous.includes(standing.get(seat.member)?.position ?? vote.procedure.silence));
  return { ...derived, outcome, conditions, vetoedBy: vetoersOf(vote, seats, standing, outcome), isUnanimous };
}

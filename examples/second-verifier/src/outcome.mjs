// Which replies count, how many seats took each choice, and what a plain decision rule makes of that. A rule with
// weights or shares is not derived here: the outcome is then null.

import { decide, vetoersOf } from './decision.mjs';
import { microsOf } from './types.mjs';

function arrivalOf(reply) {
  const { receivedAt, recordedAt } = reply;
  return receivedAt?.length > 10 ? microsOf(receivedAt) : microsOf(recordedAt);
}

/** ENT-55 and ENT-56: late, early, voided and second replies do not count, nor those after the announcement. */
function standingOf(vote, replies) {
  const standing = new Map();
  for (const reply of replies) {
    if (reply.voidedBy !== null || reply.says !== null || !vote.opening) continue;
    if (reply.placement === 'late' || reply.placement === 'early') continue;
    if (!vote.members.has(reply.member) || !vote.procedure.choices.has(reply.position)) continue;
    if (vote.isDocumented && reply.rejected.length) continue;
    if (reply.source.wasAnnounced && !vote.isDocumented && vote.procedure.roles.after_announcement) continue;
    const other = standing.get(reply.member);
    const isBefore = other && arrivalOf(reply) < arrivalOf(other);
    const takes = !other || (vote.procedure.standing === 'last' ? !isBefore : isBefore);
    if (takes) standing.set(reply.member, reply);
  }
  return standing;
}

const WINDOW_ACTS = new Set(['window_suspended', 'window_resumed']);
const COUNT_ACTS = new Set(['fact_recorded', 'electorate_changed']);

const isUncommonSeat = (seat) =>
  seat.advisory === true || (seat.alternates ?? []).length > 0 || (seat.from ?? null) !== null || (seat.until ?? null) !== null;
const isUncommonReply = ({ now }) =>
  (now.answers ?? []).length > 0 || ['condition', 'effective_at', 'says', 'by'].some((field) => (now[field] ?? null) !== null);

/**
 * What of a vote the specification does not say how it follows, so that it is not derived here: of the window, and with
 * it of arrivals, or of the count alone.
 */
export function limitsOf(vote) {
  const kinds = [...vote.acts.values()].map(({ item }) => item.entry.act.act);
  const ofWindow = [];
  const ofCount = [];
  if (!vote.procedure.isUnderstood) ofWindow.push('its procedure is of a format that is not known here');
  if (kinds.some((kind) => WINDOW_ACTS.has(kind))) ofWindow.push('its window was suspended');
  if (kinds.some((kind) => COUNT_ACTS.has(kind))) ofCount.push('facts or seats were recorded that may bear on the count');
  if (vote.opening?.snapshot.roster.members.some(isUncommonSeat))
    ofCount.push('its roster has dated or advisory seats, or alternates');
  if (vote.replies.some(isUncommonReply))
    ofCount.push('a reply answers other questions, is conditional, takes another back, or was given by another member');
  return { ofWindow, ofCount };
}

function tallyOf(vote, seats, standing) {
  const tally = Object.fromEntries([...vote.procedure.choices].map((choice) => [choice, 0]));
  for (const reply of standing.values()) tally[reply.position]++;
  const { silence } = vote.procedure;
  if (silence) tally[silence] = (tally[silence] ?? 0) + seats.length - standing.size;
  return tally;
}

/** What was on record when the lag had passed after the close; null where nothing was recorded after that. */
function atClose(vote, replies, seats) {
  const close = vote.window?.latest ?? null;
  if (!vote.opening || close === null || vote.isDocumented) return null;
  const limit = close + vote.procedure.lag;
  const isAfter = (item) => microsOf(item.entry.recorded_at) > limit;
  if (![...vote.acts.values()].some(({ item }) => isAfter(item))) return null;
  const standing = standingOf(
    vote,
    replies.filter((reply) => !isAfter(reply.source.item)),
  );
  const { outcome } = decide(vote, seats, standing);
  return { standing, outcome, tally: tallyOf(vote, seats, standing) };
}

/** The tally and the outcome: `open` where voting is not over, null where this program does not derive it. */
export function outcomeOf(vote, replies) {
  const standing = standingOf(vote, replies);
  for (const reply of standing.values()) reply.counted = true;
  const seats = vote.opening?.snapshot.roster.members ?? [];
  const tally = tallyOf(vote, seats, standing);
  const answered = new Set(replies.filter((reply) => reply.voidedBy === null).map((reply) => reply.member));
  const silent = seats.filter((seat) => !answered.has(seat.member)).map((seat) => seat.member);
  const isOver = vote.closed !== null || vote.announcements.length > 0;
  const closed = atClose(vote, replies, seats);
  const amended = closed ? [...standing.values()].filter((reply) => closed.standing.get(reply.member) !== reply) : [];
  const derived = { tally, silent, isOver, closed, amendedBy: amended.map((reply) => reply.act) };
  if (vote.withdrawn || vote.annulled || !vote.opening || !isOver) {
    return { ...derived, outcome: 'open', conditions: [], vetoedBy: [], isUnanimous: false };
  }
  const { outcome, conditions } = decide(vote, seats, standing);
  const unanimous = vote.procedure.decision?.unanimous;
  const isUnanimous =
    outcome === 'adopted' &&
    seats.every((seat) => {
      const reply = standing.get(seat.member);
      return Array.isArray(unanimous) && unanimous.includes(reply ? reply.position : vote.procedure.silence);
    });
  return { ...derived, outcome, conditions, vetoedBy: vetoersOf(vote, seats, standing, outcome), isUnanimous };
}

// Which replies count, how many seats took each choice, and what a plain decision rule makes of that. A rule with
// weights or shares is not derived here: the outcome is then null.

import { microsOf } from './types.mjs';

function arrivalOf(reply) {
  const { receivedAt, recordedAt } = reply;
  return receivedAt?.length > 10 ? microsOf(receivedAt) : microsOf(recordedAt);
}

/** ENT-55 and ENT-56: late, early, voided and second replies do not count, nor those after the announcement. */
export function markCounted(vote, replies) {
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
  for (const reply of standing.values()) reply.counted = true;
  return standing;
}

const isPlain = (threshold) =>
  threshold !== null &&
  typeof threshold === 'object' &&
  threshold.weight === null &&
  threshold.share === null &&
  threshold.base === null &&
  Number.isInteger(threshold.number) &&
  ['all', 'permanent'].includes(threshold.among) &&
  ['at_least', 'at_most'].includes(threshold.compare) &&
  Array.isArray(threshold.choices);

function count(threshold, seats, standing) {
  return seats.filter(
    (seat) =>
      (threshold.among === 'all' || seat.permanent === true) && threshold.choices.includes(standing.get(seat.member)?.position),
  ).length;
}

function decide(vote, seats, standing) {
  const conditions = vote.procedure.decision?.conditions;
  if (!Array.isArray(conditions)) return null;
  for (const condition of conditions) {
    if (Array.isArray(condition?.questions) && !condition.questions.includes(vote.draft.question)) continue;
    if (!Array.isArray(condition?.any_of) || !condition.any_of.every(isPlain)) return null;
    const met = condition.any_of.some((threshold) => {
      const counted = count(threshold, seats, standing);
      return threshold.compare === 'at_least' ? counted >= threshold.number : counted <= threshold.number;
    });
    if (!met) return typeof condition.failing === 'string' ? condition.failing : null;
  }
  return 'adopted';
}

const WINDOW_ACTS = new Set(['window_suspended', 'window_resumed']);
const COUNT_ACTS = new Set(['fact_recorded', 'electorate_changed']);

const isUncommonSeat = (seat) =>
  seat.advisory === true || (seat.alternates ?? []).length > 0 || (seat.from ?? null) !== null || (seat.until ?? null) !== null;
const isUncommonReply = ({ now }) =>
  (now.answers ?? []).length > 0 || (now.condition ?? null) !== null || (now.effective_at ?? null) !== null;

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
  if (vote.replies.some(isUncommonReply)) ofCount.push('a reply answers other questions, or is conditional');
  return { ofWindow, ofCount };
}

/** The tally and the outcome: `open` where voting is not over, null where this program does not derive it. */
export function outcomeOf(vote, replies) {
  const standing = markCounted(vote, replies);
  const seats = vote.opening?.snapshot.roster.members ?? [];
  const tally = Object.fromEntries([...vote.procedure.choices].map((choice) => [choice, 0]));
  for (const reply of standing.values()) tally[reply.position]++;
  const answered = new Set(replies.filter((reply) => reply.voidedBy === null).map((reply) => reply.member));
  const silent = seats.filter((seat) => !answered.has(seat.member)).map((seat) => seat.member);
  const isOver = vote.closed !== null || vote.announcements.length > 0;
  const silence = vote.procedure.silence;
  if (silence) tally[silence] = (tally[silence] ?? 0) + seats.length - standing.size;
  if (vote.withdrawn || vote.annulled || !vote.opening || !isOver) return { tally, silent, outcome: 'open', isOver };
  return { tally, silent, outcome: decide(vote, seats, standing), isOver };
}

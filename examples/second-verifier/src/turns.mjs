// Acts for which a procedure has an optional rule (ENT-67 to ENT-71): facts, seats that begin or end while voting is
// open, and windows that are suspended, begin with a reply, or end when they are closed.

import { microsOf } from './types.mjs';
import { unreadable } from './unreadable.mjs';
import { exactly, longer, UNKNOWN, windowLater } from './window.mjs';

/** ENT-76: a member that the procedure cannot know. */
export function demandMember(vote, member) {
  const { members } = vote.procedure;
  if (members && !members.has(member)) unreadable(`the procedure has no member ${member}`);
}

export function fact(vote, item) {
  const { act, index } = item.entry;
  if (!vote.procedure.facts.some((each) => each.id === act.fact)) unreadable(`the procedure has no fact ${act.fact}`);
  vote.facts.push({ act, index, item, voided: false });
}

const instantOr = (said, item) => (said?.length > 10 ? microsOf(said) : microsOf(item.entry.recorded_at));

/** Whether a member has a seat by the roster and the changes so far. */
function isSeated(vote, member) {
  const last = vote.seatChanges.findLast((each) => each.act.member === member && !each.voided);
  return last ? last.act.change === 'begins' : vote.members.has(member);
}

export function seat(vote, item) {
  const { act, index } = item.entry;
  demandMember(vote, act.member);
  act.alternates.forEach((member) => demandMember(vote, member));
  const mayChange = typeof vote.procedure.electorate?.changes === 'string';
  const isOpen = vote.opening !== null && !vote.isOverAt(item) && !vote.withdrawn && vote.annulled === null;
  const hasPaper = vote.times !== 'live' || act.sha256 !== null;
  const fits = vote.opening !== null && isSeated(vote, act.member) === (act.change === 'ends');
  if (!mayChange || !isOpen || !hasPaper || !fits) return vote.find(index, 'a forbidden change of seats');
  vote.seatChanges.push({ act, index, item, at: instantOr(act.changed_at, item), voided: false });
  return undefined;
}

export function suspend(vote, item) {
  const { act, index } = item.entry;
  if (act.by !== null) demandMember(vote, act.by);
  const isForbidden = !vote.procedure.window.maySuspend || !vote.opening || vote.suspended || vote.isOverAt(item);
  if (isForbidden) return vote.find(index, 'a forbidden suspension');
  vote.suspended = { act, index, at: instantOr(act.suspended_at, item), window: vote.window, resumed: null };
  vote.suspensions.push(vote.suspended);
  vote.window = UNKNOWN;
  return undefined;
}

export function resume(vote, item) {
  const { act, index } = item.entry;
  if (!vote.suspended) return vote.find(index, 'a forbidden resumption');
  const at = instantOr(act.resumed_at, item);
  const stood = at > vote.suspended.at ? at - vote.suspended.at : 0n;
  vote.window = longer(vote.suspended.window, stood);
  vote.suspended.resumed = { act, index };
  vote.suspended = null;
  return undefined;
}

/** ENT-71: a window that starts at the first reply that is in order ends its length after that arrived. */
export function startAtReply(vote, reply) {
  const rules = vote.procedure.window;
  const isFirst =
    rules.startsAtReply && rules.fixedBy === 'procedure' && vote.opening && vote.window.at === null && !vote.suspended;
  if (!isFirst || vote.started || reply.now.says || !vote.members.has(reply.member)) return;
  const arrived = reply.now.received_at?.length > 10 ? microsOf(reply.now.received_at) : microsOf(reply.item.entry.recorded_at);
  const end = windowLater(arrived, rules, vote.opening.counting, vote.opening.zone);
  vote.started = reply;
  vote.window = end === null ? UNKNOWN : exactly(end);
}

/** ENT-70: when a window without a deadline may be closed at the earliest; null where it is not known. */
export function earliestClosing(vote) {
  const rules = vote.procedure.window;
  if (!vote.opening) return null;
  const hasLength = rules.length !== null || rules.hours !== null;
  return hasLength
    ? windowLater(vote.opening.opens.latest, rules, vote.opening.counting, vote.opening.zone)
    : vote.opening.opens.latest;
}

// Whose seats are counted: those of the roster, without advisory ones and those that are not in force, with the changes
// that were entered while voting was open (ENT-68, ENT-75).

import { offsetAt } from './zone.mjs';

/** The local day of an instant. */
function dayOf(micros, zone) {
  const seconds = Number(micros / 1_000_000n);
  return new Date((seconds + (zone ? offsetAt(zone, seconds) : 0)) * 1000).toISOString().slice(0, 10);
}

const isInForce = (seat, day) =>
  day === null || (((seat.from ?? null) === null || seat.from <= day) && ((seat.until ?? null) === null || day < seat.until));

/** The day by which terms count, or null where the procedure lets every seat of the roster vote, or the day is not known. */
function fixedDay(vote) {
  const { electorate } = vote.procedure;
  if (!electorate) return null;
  const at = electorate.fixed === 'close' ? (vote.window?.at ?? null) : vote.opening.opens.at;
  return at === null ? null : dayOf(at, vote.opening.zone);
}

/** The seats that are counted, in the order of the roster and of the changes, and the members of advisory seats. */
export function electorateOf(vote) {
  if (!vote.opening) return { seats: [], advisory: [] };
  const day = fixedDay(vote);
  const seats = new Map();
  const advisory = [];
  const put = (seat) => (seat.advisory === true ? advisory.push(seat.member) : seats.set(seat.member, seat));
  for (const seat of vote.opening.snapshot.roster.members) if (isInForce(seat, day)) put(seat);
  for (const { act, voided } of vote.seatChanges) {
    if (voided) continue;
    seats.delete(act.member);
    if (act.change === 'begins') put(act);
  }
  return { seats: [...seats.values()], advisory };
}

/** What of the electorate is not followed here. */
export function electorateLimits(vote) {
  const former = vote.procedure.electorate?.former ?? 'falls';
  const ended = vote.seatChanges.filter((each) => !each.voided && each.act.change === 'ends').map((each) => each.act.member);
  const isOpen = former === 'stands' && ended.some((member) => vote.byMember.has(member));
  return isOpen ? ['a reply may stand though its seat ended'] : [];
}

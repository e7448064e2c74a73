// When a vote opens and closes: derived from the opening and the procedure, in the zone that the opening pins.
// Instants are microseconds since 1970, as BigInt; null is what is not known.

import { dayBounds, instantOfLocal, offsetAt } from './zone.mjs';
import { microsOf } from './types.mjs';

const SECOND = 1_000_000n;
const HOUR = 3600n * SECOND;
const UNKNOWN = { at: null, earliest: null, latest: null };

const exactly = (at) => ({ at, earliest: at, latest: at });

/** When voting may have opened. */
export function openingBounds(opensAt, zone) {
  if (opensAt === null) return UNKNOWN;
  if (opensAt.length > 10) return exactly(microsOf(opensAt));
  if (!zone) return UNKNOWN;
  const [first, next] = dayBounds(zone, opensAt);
  return { at: null, earliest: BigInt(first) * SECOND, latest: BigInt(next) * SECOND - 1n };
}

const localOf = (zone, micros) => micros + BigInt(offsetAt(zone, Number(micros / SECOND))) * SECOND;

/** The same hour by the local clock, so many days later; hours that make no day are added as they pass. */
function byCalendar(zone, from, hours) {
  const rest = from % SECOND;
  const local = Number((localOf(zone, from) - rest) / SECOND) + 86400 * Math.floor(hours / 24);
  return BigInt(instantOfLocal(zone, local)) * SECOND + rest + BigInt(hours % 24) * HOUR;
}

/** Hours that pass on Mondays to Fridays of the local calendar alone. */
function byWorkingDays(zone, from, hours) {
  let left = BigInt(hours) * HOUR;
  let at = from;
  for (let days = 0; days < 100_000; days++) {
    const local = Number(localOf(zone, at) / SECOND);
    const midnight = local - (((local % 86400) + 86400) % 86400);
    const next = BigInt(instantOfLocal(zone, midnight + 86400)) * SECOND;
    const weekday = new Date(midnight * 1000).getUTCDay();
    if (weekday !== 0 && weekday !== 6) {
      if (at + left <= next) return at + left;
      left -= next - at;
    }
    at = next;
  }
  return null;
}

/** When so many hours after an opening are over, as they are counted. */
export function hoursLater(from, hours, counting, zone) {
  if (from === null || hours === null || hours > 1_000_000) return null;
  if (counting === 'elapsed') return from + BigInt(hours) * HOUR;
  if (!zone) return null;
  if (counting === 'calendar') return byCalendar(zone, from, hours);
  return counting === 'working_days' ? byWorkingDays(zone, from, hours) : null;
}

/** When voting may close, as of the opening. */
export function closeOf(opens, letter, snapshot, procedure, zone) {
  const isStated = letter.closes_at !== null && !procedure.isFixed;
  if (isStated) return exactly(microsOf(letter.closes_at));
  if (!procedure.isFixed || procedure.hours === null) return UNKNOWN;
  const counting = snapshot.counting ?? letter.counting ?? procedure.counting ?? 'elapsed';
  const after = (from) => hoursLater(from, procedure.hours, counting, zone);
  return { at: after(opens.at), earliest: after(opens.earliest), latest: after(opens.latest) };
}

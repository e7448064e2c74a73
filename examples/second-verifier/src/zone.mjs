// Time zones from TZif bytes (RFC 9636), which an opening pins: no zone data of the machine is asked.

class ZoneError extends Error {}

const demand = (holds) => {
  if (!holds) throw new ZoneError('not TZif');
};

function header(view, at) {
  demand(at + 44 <= view.byteLength && view.getUint32(at) === 0x545a6966);
  const version = view.getUint8(at + 4);
  demand(version === 0 || (version >= 0x32 && version <= 0x34));
  const [isut, isstd, leap, times, types, chars] = [20, 24, 28, 32, 36, 40].map((each) => view.getUint32(at + each));
  return { version, isut, isstd, leap, times, types, chars };
}

const length = (head, width) =>
  head.times * (width + 1) + head.types * 6 + head.chars + head.leap * (width + 4) + head.isstd + head.isut;

const LONGEST = 65_536;

/** The zone that bytes describe: TZif of version 2 to 4, without leap seconds. Throws where they are none. */
export function readZone(bytes) {
  demand(bytes.length <= LONGEST);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = header(view, 0);
  demand(first.version !== 0);
  const width = 8;
  let at = 44 + length(first, 4);
  const head = header(view, at);
  demand(first.leap === 0 && head.leap === 0);
  at += 44;
  demand(at + length(head, width) <= view.byteLength && head.types > 0);
  const offsets = [];
  const typesAt = at + head.times * (width + 1);
  for (let type = 0; type < head.types; type++) offsets.push(view.getInt32(typesAt + 6 * type));
  const transitions = [];
  for (let each = 0; each < head.times; each++) {
    const when = Number(view.getBigInt64(at + 8 * each));
    const type = view.getUint8(at + head.times * width + each);
    demand(type < head.types && (each === 0 || when > transitions[each - 1].when));
    transitions.push({ when, offset: offsets[type] });
  }
  const text = new TextDecoder('latin1').decode(bytes.subarray(at + length(head, width)));
  demand(text.startsWith('\n') && text.endsWith('\n') && text.length >= 2);
  const rule = text.length > 2 ? readRule(text.slice(1, -1)) : null;
  return { transitions, first: offsets[0], rule };
}

export function isZone(bytes) {
  try {
    return (readZone(bytes), true);
  } catch {
    return false;
  }
}

const NAME = '(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)';
const TIME = '([+-]?\\d{1,3}(?::\\d{2}){0,2})';
const DATE = '(M\\d{1,2}\\.[1-5]\\.[0-6]|J\\d{1,3}|\\d{1,3})';
const RULE = new RegExp(`^${NAME}${TIME}(?:${NAME}${TIME}?(?:,${DATE}(?:/${TIME})?,${DATE}(?:/${TIME})?)?)?$`);

function seconds(text) {
  const sign = text.startsWith('-') ? -1 : 1;
  const [hours, minutes = 0, rest = 0] = text.replace(/^[+-]/, '').split(':').map(Number);
  return sign * (hours * 3600 + minutes * 60 + rest);
}

function readRule(text) {
  const found = RULE.exec(text);
  demand(found);
  const standard = -seconds(found[1]);
  if (!found[3]) {
    demand(!/,/.test(text));
    return { standard, summer: null };
  }
  const summer = found[2] ? -seconds(found[2]) : standard + 3600;
  return {
    standard,
    summer,
    begins: { date: found[3], time: found[4] ? seconds(found[4]) : 7200 },
    ends: { date: found[5], time: found[6] ? seconds(found[6]) : 7200 },
  };
}

const isLeap = (year) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Seconds of a rule's date in a year, in local time. */
function ruleDate(year, { date, time }) {
  const begin = Date.UTC(year, 0, 1) / 1000;
  if (date.startsWith('J')) {
    const day = Number(date.slice(1)) - 1;
    return begin + (day + (isLeap(year) && day >= 59 ? 1 : 0)) * 86400 + time;
  }
  if (!date.startsWith('M')) return begin + Number(date) * 86400 + time;
  const [month, week, weekday] = date.slice(1).split('.').map(Number);
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  let day = 1 + ((weekday - first + 7) % 7) + (week - 1) * 7;
  if (day > days) day -= 7;
  return Date.UTC(year, month - 1, day) / 1000 + time;
}

function offsetByRule(rule, at) {
  if (rule.summer === null) return rule.standard;
  const year = new Date((at + rule.standard) * 1000).getUTCFullYear();
  const begins = ruleDate(year, rule.begins) - rule.standard;
  const ends = ruleDate(year, rule.ends) - rule.summer;
  const inSummer = begins < ends ? at >= begins && at < ends : !(at >= ends && at < begins);
  return inSummer ? rule.summer : rule.standard;
}

/** Seconds that local time is ahead of UTC at an instant in seconds. */
export function offsetAt(zone, at) {
  const { transitions } = zone;
  if (transitions.length === 0) return zone.rule ? offsetByRule(zone.rule, at) : zone.first;
  if (at < transitions[0].when) return zone.first;
  if (at >= transitions.at(-1).when) return zone.rule ? offsetByRule(zone.rule, at) : transitions.at(-1).offset;
  let low = 0;
  let high = transitions.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (transitions[middle].when <= at) low = middle;
    else high = middle;
  }
  return transitions[low].offset;
}

/** The instant in seconds at which a local time comes; the later one where it is skipped, the earlier where it is twice. */
export function instantOfLocal(zone, local) {
  const guesses = [offsetAt(zone, local - 86400), offsetAt(zone, local + 86400)];
  for (const offset of guesses) if (offsetAt(zone, local - offset) === offset) return local - offset;
  return local - guesses[0];
}

/** The first and the last second of a local day, in seconds: the beginning of the next day is not in it. */
export function dayBounds(zone, day) {
  const local = Date.parse(`${day}T00:00:00Z`) / 1000;
  return [instantOfLocal(zone, local), instantOfLocal(zone, local + 86400)];
}

/** Whether two zones give one time from one instant to another, in seconds (check 8, with zones of the reader's). */
export function sameTime(one, two, from, to) {
  const places = [from, to];
  for (const zone of [one, two]) {
    for (const { when } of zone.transitions) if (when > from && when <= to) places.push(when, when - 1);
    for (
      let year = new Date(from * 1000).getUTCFullYear() - 1;
      zone.rule?.summer && year <= new Date(to * 1000).getUTCFullYear() + 1;
      year++
    ) {
      const begins = ruleDate(year, zone.rule.begins) - zone.rule.standard;
      const ends = ruleDate(year, zone.rule.ends) - zone.rule.summer;
      for (const when of [begins, ends]) if (when > from && when <= to) places.push(when, when - 1);
    }
  }
  return places.every((at) => offsetAt(one, at) === offsetAt(two, at));
}

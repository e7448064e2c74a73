// A procedure, as far as a verifier needs it: what its acts may say, when its window ends, and who decides what. Its
// full form is for whoever writes one; what is not read here is not judged here.

import { isObject, parseCanonical } from './json.mjs';
import { membersOf } from './members.mjs';
import * as is from './types.mjs';

// Of procedures of these formats a verdict is derived; others are read for their acts alone.
const UNDERSTOOD = new Set(['inblue-procedure/1', 'inblue-procedure/2']);
const QUESTION_KINDS = [{ id: 'substantive' }, { id: 'procedural' }];
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const WEEKEND = ['saturday', 'sunday'];
const ROLES = ['late', 'early', 'off_roster', 'second_reply', 'after_announcement', 'choice'];

const names = (value) => (Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []);
const objects = (value) => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value) => (typeof value === 'string' ? value : null);

/** The members that can be known at all: a set, or null where it is any; undefined where the list is not known here. */
function knownMembers(value) {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return new Set(names(value));
  return membersOf(value) ?? undefined;
}

function lengthOf(value) {
  if (!isObject(value) || !is.isCount(value.number)) return null;
  return {
    number: value.number,
    unit: text(value.unit),
    isFirstCounted: value.first_day === 'counted',
    ends: text(value.ends) ?? 'same_time',
  };
}

function windowOf(value) {
  const countings = names(value.countings);
  const weekend = names(value.weekend ?? WEEKEND).map((name) => WEEKDAYS.indexOf(name));
  return {
    clause: text(value.clause),
    fixedBy: text(value.fixed_by),
    startsAtReply: value.starts === 'first_reply',
    hours: is.isCount(value.hours) ? value.hours : null,
    length: lengthOf(value.length),
    counting: countings[0] ?? text(value.counted),
    weekend: new Set(weekend),
    holidays: new Set(names(value.holidays)),
    isExtendable: value.extendable === true,
    closesInside: value.at_close !== 'late',
    maySuspend: text(value.suspension_clause) !== null,
  };
}

function questionsOf(value) {
  return new Map(
    objects(value).map((each) => [each.id, { choices: new Set(names(each.choices)), silence: text(each.silence) }]),
  );
}

/** What a verifier needs of a procedure, or null where the bytes are none. */
export function readProcedure(bytes) {
  const value = parseCanonical(bytes);
  const isKnown = isObject(value) && /^inblue-procedure\/[1-9][0-9]?$/.test(value.format ?? '') && typeof value.id === 'string';
  if (!isKnown || !isObject(value.window) || !isObject(value.recorders) || !isObject(value.recorders.offices)) return null;
  const lag = is.isCount(value.recording?.lag_seconds) ? value.recording.lag_seconds : 0;
  const clauses = new Map(objects(value.clauses).map((each) => [each.id ?? null, each.effect ?? null]));
  const rules = Object.entries(value).filter(([, rule]) => isObject(rule) && typeof rule.clause === 'string');
  return {
    id: value.id,
    title: text(value.title) ?? value.id,
    isUnderstood: UNDERSTOOD.has(value.format),
    isFirst: value.format === 'inblue-procedure/1',
    members: knownMembers(value.members),
    zone: text(value.zone),
    choices: new Set(names(value.choices)),
    questionKinds: new Set((value.question_kinds ? objects(value.question_kinds) : QUESTION_KINDS).map((each) => each.id)),
    questions: questionsOf(value.questions_put),
    facts: objects(value.facts),
    clauses,
    rules: new Map(rules.map(([name, rule]) => [name, rule.clause])),
    roles: Object.fromEntries(ROLES.map((role) => [role, text(value[role]?.clause)])),
    recorders: value.recorders.offices,
    window: windowOf(value.window),
    electorate: isObject(value.electorate) ? value.electorate : null,
    positions: new Map(objects(value.positions).map((each) => [each.choice, each])),
    onBehalf: isObject(value.on_behalf) ? value.on_behalf : null,
    mayCloseEarly: isObject(value.early_close),
    mayAnnul: isObject(value.annulment),
    mayWithdrawOpened: !isObject(value.withdrawal),
    lag: BigInt(lag) * 1_000_000n,
    correctable: new Set(names(value.corrections?.fields)),
    correctableUntil: value.corrections?.until ?? null,
    standing: value.second_reply?.stands ?? 'first',
    silence: text(value.silence?.means),
    decision: isObject(value.decision) ? value.decision : null,
  };
}

/** Whether an office may record an act under a procedure (REG-6). */
export function mayRecord(procedure, act, office) {
  const named = Object.hasOwn(procedure.recorders, act) ? procedure.recorders[act] : procedure.recorders['*'];
  return names(named).includes(office);
}

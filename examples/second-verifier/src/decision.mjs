// What the decision rule of a procedure makes of the replies that count. Sums and shares are exact: weights are whole
// numbers of a very small part, and no fraction is ever divided out.

import { microsOf } from './types.mjs';
import { openingBounds } from './window.mjs';

const PART = 10n ** 20n;
const COMPARE = {
  at_least: (left, right) => left >= right,
  more_than: (left, right) => left > right,
  at_most: (left, right) => left <= right,
  fewer_than: (left, right) => left < right,
};

/** A weight in parts; 0 where a seat has none. */
function partsOf(weight) {
  if (weight === undefined || weight === null) return 0n;
  const [whole, fraction = ''] = String(weight).split('.');
  return BigInt(whole) * PART + BigInt(fraction.padEnd(20, '0') || '0');
}

/** A sum as a record says it: a number, or an exact decimal where it is none that a number holds. */
export function sumOf(parts) {
  const whole = parts / PART;
  const rest = parts % PART;
  if (rest === 0n) return whole <= 2n ** 53n - 1n ? Number(whole) : String(whole);
  return `${whole}.${rest.toString().padStart(20, '0').replace(/0+$/, '')}`;
}

function isKnown(threshold) {
  const isShare = typeof threshold?.share === 'string' && /^[0-9]{1,9}\/[1-9][0-9]{0,8}$/.test(threshold.share);
  return (
    Object.hasOwn(COMPARE, threshold?.compare ?? '') &&
    Array.isArray(threshold.choices) &&
    (isShare || Number.isSafeInteger(threshold.number))
  );
}

class Counting {
  constructor(vote, seats, standing) {
    this.vote = vote;
    this.seats = seats;
    this.standing = standing;
  }

  /** What a seat says on a question put beside the draft, or on the draft. */
  positionOf(seat, put) {
    const reply = this.standing.get(seat.member);
    if (put === null) return reply?.position ?? this.vote.procedure.silence;
    const answer = reply?.source.now.answers?.find((each) => each.question === put);
    return answer?.position ?? this.vote.procedure.questions.get(put)?.silence ?? null;
  }

  among({ among }) {
    if ((among ?? 'all') === 'all') return this.seats;
    if (among === 'permanent') return this.seats.filter((seat) => seat.permanent === true);
    return this.seats.filter((seat) => (seat.groups ?? []).includes(among));
  }

  sum(threshold, choices, put) {
    const counted = this.among(threshold).filter((seat) => choices === null || choices.includes(this.positionOf(seat, put)));
    const weight = threshold.weight ?? null;
    return counted.reduce((sum, seat) => sum + (weight === null ? PART : partsOf(seat.weights?.[weight])), 0n);
  }

  judge(threshold, put, tie) {
    const counted = this.sum(threshold, threshold.choices, put);
    if ((threshold.share ?? null) === null) {
      const bound = BigInt(threshold.number) * PART;
      return { base: null, counted: sumOf(counted), met: this.compare(threshold, counted, bound, put, tie), most: null };
    }
    const base = this.sum(threshold, threshold.base ?? null, put);
    const [over, under] = threshold.share.split('/').map(BigInt);
    const met =
      base === 0n ? this.ofNothing(threshold, counted) : this.compare(threshold, counted * under, base * over, put, tie);
    return { base: sumOf(base), counted: sumOf(counted), met, most: null };
  }

  /** Anything is above every share of nothing, and nothing is below every share of it. */
  ofNothing({ compare }, counted) {
    if (this.vote.procedure.isFirst) return compare === 'at_most' && counted === 0n;
    return compare === 'at_least' || compare === 'more_than' ? counted > 0n : counted === 0n;
  }

  compare(threshold, left, right, put, tie) {
    const isTie = tie !== null && threshold.compare === 'more_than' && left === right;
    if (!isTie) return COMPARE[threshold.compare](left, right);
    const casting = this.seats.filter((seat) => (seat.groups ?? []).includes(tie.casting));
    return casting.length === 1 && threshold.choices.includes(this.positionOf(casting[0], put));
  }
}

const appliesTo = (rule, question) => !Array.isArray(rule.questions) || rule.questions.includes(question);

/** When a fact came about, and not after that was recorded. */
function happened(vote, { act, item }) {
  const { earliest, latest } = openingBounds(act.established_at, vote.opening?.zone ?? null);
  const recorded = microsOf(item.entry.recorded_at);
  const isKept = (latest !== null && latest <= recorded) || (earliest !== null && earliest > recorded);
  return { earliest, latest: isKept ? latest : recorded };
}

const isCertainlyBefore = (one, two) => one.latest !== null && two.earliest !== null && one.latest < two.earliest;

/** The statuses of the facts of a procedure: of several acts about one, that counts which happened last (ENT-67). */
export function factsOf(vote, isCounted = () => true) {
  return vote.procedure.facts.map((fact) => {
    const acts = vote.facts.filter((each) => each.act.fact === fact.id && !each.voided && isCounted(each.item));
    const last = acts.reduce(
      (kept, each) => (kept && isCertainlyBefore(happened(vote, each), happened(vote, kept)) ? kept : each),
      null,
    );
    return { rule: fact, status: last?.act.status ?? 'unknown', last: last ?? null };
  });
}

/** The conditions that a fact which is present puts aside. */
function overridden(vote, facts) {
  const ids = facts.filter(
    ({ rule, status }) => rule.does === 'overrides' && status === 'present' && appliesTo(rule, vote.draft.question),
  );
  return new Set(ids.flatMap(({ rule }) => (Array.isArray(rule.conditions) ? rule.conditions : [])));
}

/** The outcome by the rule, and its conditions up to the first that is not met; null where the rule is not known here. */
export function decide(vote, seats, standing, facts) {
  const { decision } = vote.procedure;
  const rules = decision?.conditions;
  if (!Array.isArray(rules) || !rules.every((rule) => Array.isArray(rule?.any_of) && rule.any_of.every(isKnown)))
    return { outcome: null, conditions: null };
  const counting = new Counting(vote, seats, standing);
  const aside = overridden(vote, facts);
  const conditions = [];
  let outcome = typeof decision.passing === 'string' ? decision.passing : 'adopted';
  let isWhole = true;
  for (const rule of rules) {
    if (!appliesTo(rule, vote.draft.question) || aside.has(rule.id)) {
      isWhole = false;
      continue;
    }
    const thresholds = rule.any_of.map((threshold) => counting.judge(threshold, rule.put ?? null, rule.tie ?? null));
    const met = thresholds.some((each) => each.met);
    conditions.push({ clause: rule.clause, id: rule.id, met, thresholds });
    if (met) continue;
    outcome = rule.failing ?? 'not_adopted';
    break;
  }
  return { outcome: byFacts(vote, outcome, facts), conditions: isWhole ? conditions : null };
}

/** What facts that decide make of an outcome: one that is unknown leaves it open, where it could be another by it. */
function byFacts(vote, outcome, facts) {
  const deciding = facts.filter(({ rule }) => rule.does === 'decides' && appliesTo(rule, vote.draft.question));
  let result = outcome;
  for (const { rule, status } of deciding) {
    if (status === (rule.if_it_is ?? 'missing')) result = rule.outcome;
    else if (status === 'unknown' && rule.due !== 'after' && rule.outcome !== result) result = 'open';
  }
  return result;
}

/** The members whose votes alone kept it from being adopted, sorted, where it was vetoed. */
export function vetoersOf(vote, seats, standing, outcome) {
  const rule = outcome === 'vetoed' ? vote.procedure.decision.conditions.find((each) => each.failing === 'vetoed') : null;
  if (!rule) return [];
  const counting = new Counting(vote, seats, standing);
  const against = rule.any_of.flatMap((threshold) =>
    counting.among(threshold).filter((seat) => threshold.choices.includes(counting.positionOf(seat, rule.put ?? null))),
  );
  return [...new Set(against.map((seat) => seat.member))].sort();
}

/** Of each question put beside the draft, how many seats gave each answer, and what its own conditions come to. */
export function questionsOf(vote, seats, standing, isOver) {
  const counting = new Counting(vote, seats, standing);
  const rules = vote.procedure.decision?.conditions ?? [];
  return [...vote.procedure.questions].map(([question, { choices, silence }]) => {
    const tally = Object.fromEntries([...choices, silence].filter((each) => each !== null).map((choice) => [choice, 0]));
    for (const seat of seats) {
      const answer = counting.positionOf(seat, question);
      if (answer !== null) tally[answer] = (tally[answer] ?? 0) + 1;
    }
    const own = rules.filter((rule) => rule.put === question && appliesTo(rule, vote.draft.question));
    const failed = own.find(
      (rule) => !rule.any_of.some((threshold) => counting.judge(threshold, question, rule.tie ?? null).met),
    );
    const passing = vote.procedure.decision?.passing ?? 'adopted';
    return { question, tally, outcome: isOver ? (failed ? (failed.failing ?? 'not_adopted') : passing) : 'open' };
  });
}

// What a plain decision rule makes of the replies that stand. A rule with weights or shares is not derived here.

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

function countedOf(threshold, seats, standing) {
  return seats.filter(
    (seat) =>
      (threshold.among === 'all' || seat.permanent === true) && threshold.choices.includes(standing.get(seat.member)?.position),
  );
}

function judge(condition, seats, standing) {
  const thresholds = condition.any_of.map((threshold) => {
    const counted = countedOf(threshold, seats, standing).length;
    const met = threshold.compare === 'at_least' ? counted >= threshold.number : counted <= threshold.number;
    return { base: null, counted, met, most: null };
  });
  return { clause: condition.clause, id: condition.id, met: thresholds.some((each) => each.met), thresholds };
}

const appliesTo = (condition, question) => !Array.isArray(condition?.questions) || condition.questions.includes(question);
const UNKNOWN = { outcome: null, conditions: null };

/** The outcome by the rule, and its conditions up to the first that is not met; null where the rule is not plain. */
export function decide(vote, seats, standing) {
  const rules = vote.procedure.decision?.conditions;
  if (!Array.isArray(rules)) return UNKNOWN;
  const conditions = [];
  for (const rule of rules) {
    if (!appliesTo(rule, vote.draft.question) || !Array.isArray(rule?.any_of) || !rule.any_of.every(isPlain)) return UNKNOWN;
    const judged = judge(rule, seats, standing);
    conditions.push(judged);
    if (!judged.met) return { outcome: typeof rule.failing === 'string' ? rule.failing : null, conditions };
  }
  return { outcome: 'adopted', conditions };
}

/** The members whose votes alone kept it from being adopted, sorted, where it was vetoed. */
export function vetoersOf(vote, seats, standing, outcome) {
  if (outcome !== 'vetoed') return [];
  const rule = vote.procedure.decision.conditions.find((each) => each.failing === 'vetoed');
  return [
    ...new Set(rule.any_of.flatMap((threshold) => countedOf(threshold, seats, standing).map((seat) => seat.member))),
  ].sort();
}

// Findings of a record. Which there are is not derived here; but each must name what is there: a clause of the
// procedure with its effect, a reply that is on record, and a place in the order of findings.

import { isObject } from './json.mjs';

const FIELDS = ['bears_on_outcome', 'clause', 'id', 'kind', 'member', 'reply', 'severity', 'values'];
const SEVERITIES = ['reject', 'flag', 'note'];

function findingFault(finding, at, verdict) {
  const isShaped =
    isObject(finding) && FIELDS.every((field) => field in finding) && Object.keys(finding).length === FIELDS.length;
  if (!isShaped || !isObject(finding.values) || typeof finding.kind !== 'string') return 'other fields than a finding has';
  if (finding.id !== `F${at + 1}`) return 'out of order';
  const { clauses, rules } = verdict.vote.procedure;
  const { clause, severity } = finding;
  if (!SEVERITIES.includes(severity)) return 'of no severity that is known';
  if (clause !== null && !clauses.has(clause)) return `the procedure has no clause ${String(clause).slice(0, 40)}`;
  // Of an offence the kind is the rule's name: then the rule's clause, and its effect, are known.
  const own = rules.get(finding.kind) ?? null;
  if (own !== null && own !== clause) return `another clause than the rule ${finding.kind} has`;
  if (own !== null && ![null, severity].includes(clauses.get(own) ?? null)) return `another effect than the clause ${own} has`;
  const isOfReply = finding.reply !== null;
  const isThere = verdict.replies.some((reply) => reply.member === finding.member && reply.reply === finding.reply);
  return isOfReply && !isThere ? 'of a reply that is not on record' : null;
}

/** The findings listed at each reply must be those that name it. */
function sameAtReplies(theirs) {
  const named = new Map();
  for (const { id, member, reply } of theirs.findings) {
    if (reply === null) continue;
    const name = `${member} ${reply}`;
    named.set(name, [...(named.get(name) ?? []), id]);
  }
  return theirs.replies.every(({ member, reply, findings }) => {
    const expected = named.get(`${member} ${reply}`) ?? [];
    return Array.isArray(findings) && findings.length === expected.length && findings.every((id, at) => id === expected[at]);
  });
}

/** Every late reply has its finding, by how much it was late, and no other reply has one. */
function sameLate(theirs, verdict) {
  const rule = verdict.vote.procedure.roles.late;
  const late = verdict.replies.filter((reply) => reply.placement === 'late' && reply.voidedBy === null);
  const found = theirs.findings.filter((finding) => finding.kind === 'late' && finding.clause === rule);
  return (
    found.length === late.length &&
    late.every((reply) =>
      found.some(
        (finding) =>
          finding.member === reply.member &&
          finding.reply === reply.reply &&
          (reply.margin === null || finding.values.by === undefined || finding.values.by === Number(-reply.margin)),
      ),
    )
  );
}

/** Why the findings of a vote cannot be its own, or null. */
export function findingsFault(theirs, verdict) {
  if (!Array.isArray(theirs.findings)) return 'no list';
  for (const [at, finding] of theirs.findings.entries()) {
    const fault = findingFault(finding, at, verdict);
    if (fault) return fault;
  }
  if (!sameAtReplies(theirs)) return 'other findings are listed at the replies';
  return sameLate(theirs, verdict) ? null : 'other replies are called late than were';
}

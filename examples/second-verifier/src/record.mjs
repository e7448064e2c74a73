// record.json, compared with what this program derives itself. Which findings an auditor would raise, and what follows
// from them, is not derived here: those fields are not compared, and that is said.

import { findingsFault } from './findings.mjs';
import { write } from './json.mjs';

const VOTE_FIELDS = [
  'acts',
  'amended_by',
  'announced',
  'announced_before',
  'annulled',
  'conditions',
  'draft',
  'findings',
  'not_on_record',
  'outcome',
  'outcome_at_close',
  'outcome_certain',
  'outcome_derived',
  'procedure',
  'procedure_sha256',
  'question',
  'replies',
  'round',
  'settled',
  'silence',
  'silent',
  'tally',
  'tally_at_close',
  'tally_circulated',
  'times',
  'title',
  'unanimous',
  'vetoed_by',
  'voided',
  'window',
  'withdrawn',
];
const REPLY_FIELDS = [
  'acknowledged',
  'act',
  'ballot',
  'by',
  'counted',
  'doubts',
  'explanation',
  'findings',
  'instrument',
  'margin_microseconds',
  'member',
  'office',
  'placement',
  'position',
  'read_after_close',
  'received_at',
  'recorded_at',
  'rejected',
  'replaced_by',
  'replaces',
  'reply',
  'says',
  'sent_at',
  'source',
  'strength',
  'voided_by',
];

// Where there is nothing of the kind, these are absent.
const VOTE_MORE = ['questions', 'decided', 'facts', 'seat_changes', 'advisory'];
// What was observed in a message is written in documents that this program does not read: that is not compared.
const REPLY_MORE = ['answers', 'reasons', 'condition', 'effective_at', 'message', 'after_decision', 'observations'];

const hasFields = (value, names, more) =>
  value !== null &&
  typeof value === 'object' &&
  names.every((name) => name in value) &&
  Object.keys(value).every((name) => names.includes(name) || more.includes(name));
const sameKeys = (value, names) =>
  value !== null && typeof value === 'object' && write(Object.keys(value).sort()) === write([...names].sort());

const announcement = (act) => ({
  announced_at: act.announced_at,
  by: act.by ?? null,
  outcome: act.outcome,
  resolution: act.resolution,
});

const present = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
const ifAny = (list) => (list.length ? list : null);

/** How the end of the window comes about, where no deadline fixed beforehand says it; else null. */
function endOf(vote) {
  const rules = vote.procedure.window;
  const follows = rules.fixedBy === 'closing' ? 'closing' : rules.startsAtReply ? 'first_reply' : 'opening';
  if (follows === 'opening' && vote.suspensions.length === 0) return null;
  const isKnown = vote.window?.at != null;
  const suspensions = vote.suspensions.map(({ act, index, resumed }) => ({
    act: index,
    by: act.by,
    suspended_at: act.suspended_at,
    resumed_at: resumed?.act.resumed_at ?? null,
    resumed_by: resumed?.index ?? null,
  }));
  return { awaits: isKnown ? null : vote.suspended ? 'resumption' : follows, follows, suspensions };
}

/** What a vote has by optional rules of its procedure. */
function optionalOf({ vote, questions, facts, advisory }) {
  const changes = vote.seatChanges
    .filter((each) => !each.voided)
    .map(({ act, index }) => ({ act: index, change: act.change, changed_at: act.changed_at, member: act.member }));
  const known = facts.map(({ rule, status, last }) => ({
    act: last?.index ?? null,
    by: last?.act.by ?? null,
    established_at: last?.act.established_at ?? null,
    fact: rule.id,
    status,
  }));
  return { questions: ifAny(questions), facts: ifAny(known), seat_changes: ifAny(changes), advisory: ifAny(advisory) };
}

const answersOf = ({ answers = [] }) =>
  answers.length ? Object.fromEntries(answers.map(({ question, position }) => [question, position])) : null;

function instrumentOf(instrument) {
  const { rank_in_english: rank = null, translation = null, ...rest } = instrument;
  // Where neither is on record both may be left out, or null.
  return rank === null && translation === null ? rest : { ...rest, rank_in_english: rank, translation };
}

function marginOf(margin) {
  return margin === null || margin > 2n ** 53n - 1n || margin < -(2n ** 53n - 1n) ? null : Number(margin);
}

/** What is compared of a reply: all but its findings, and a rejection, which may not be borne out. */
function replyOf(reply) {
  const { now, item, acknowledged } = reply.source;
  return {
    acknowledged,
    act: reply.act,
    ballot: reply.isBallot,
    by: reply.by,
    counted: reply.counted,
    doubts: reply.keyDoubts,
    explanation: now.explanation,
    instrument: instrumentOf(now.instrument),
    margin_microseconds: marginOf(reply.margin),
    member: reply.member,
    office: item.entry.actor.office,
    placement: reply.placement,
    position: reply.position,
    read_after_close: reply.readAfterClose,
    received_at: reply.receivedAt,
    recorded_at: reply.recordedAt,
    replaced_by: reply.replacedBy,
    replaces: reply.source.replaces,
    reply: reply.reply,
    says: reply.says,
    sent_at: now.sent_at ?? null,
    answers: answersOf(now),
    reasons: now.reasons ?? null,
    condition: now.condition ?? null,
    effective_at: now.effective_at ?? null,
    message: now.message ?? null,
    source: now.source,
    strength: reply.strength,
    voided_by: reply.voidedBy,
  };
}

/** The outcome at the close, and what changed it: where a correction or a rejection came later, it is not derived. */
function closingOf(verdict) {
  const { vote, closed, amendedBy } = verdict;
  const acts = [...vote.acts.values()].map(({ item }) => item.entry.act.act);
  if (acts.includes('clerical_error_corrected') || acts.includes('draft_corrected')) return {};
  const isRejectedLate = (reply) => reply.rejected.some(({ act }) => act > reply.act + 1);
  const later = verdict.replies.some((reply) => closed?.standing.get(reply.member) === reply && isRejectedLate(reply));
  const rest = { outcome_at_close: closed?.outcome ?? null, tally_at_close: closed?.tally ?? null };
  return later ? rest : { ...rest, amended_by: amendedBy, settled: amendedBy.length === 0 };
}

function voteOf(verdict) {
  const { vote } = verdict;
  const voided = [...vote.acts]
    .filter(([, each]) => each.voided !== null)
    .map(([act, { item, voided: by }]) => ({ act, by, kind: item.entry.act.act }));
  const [last, ...before] = [...vote.announcements].reverse().map((each) => announcement(each.act));
  return {
    ...closingOf(verdict),
    ...optionalOf(verdict),
    ...present({ conditions: verdict.conditions }),
    unanimous: verdict.isUnanimous,
    vetoed_by: verdict.vetoedBy,
    acts: verdict.acts,
    announced: last ?? null,
    announced_before: before.reverse(),
    annulled: verdict.annulled,
    draft: verdict.symbol,
    procedure: verdict.procedureId,
    procedure_sha256: vote.procedureDigest,
    question: vote.draft.question,
    round: verdict.round,
    silence: vote.procedure.silence,
    silent: verdict.silent,
    tally: verdict.tally,
    tally_circulated: vote.tallies.at(-1) ?? null,
    times: verdict.times,
    title: verdict.title,
    voided,
    window: { ...verdict.window, ...present({ end: endOf(vote) }) },
    withdrawn: verdict.withdrawn,
  };
}

/** A vote of which everything follows from what the specification says: no history, no uncommon procedure. */
const isPlain = (verdict) =>
  !verdict.unread &&
  verdict.limits.length === 0 &&
  verdict.times !== 'documented' &&
  verdict.vote.findings.length === 0 &&
  verdict.outcome !== null &&
  verdict.vote.acts.size > 0 &&
  ![...verdict.vote.acts.values()].some(({ voided }) => voided !== null);

function difference(mine, theirs) {
  return Object.keys(mine).find((field) => write(mine[field] ?? null) !== write(theirs[field] ?? null)) ?? null;
}

/** Why the record is not what the entries give, or null. What is not compared is said. */
export function recordFault(record, state, verdicts, notProved) {
  if (!sameKeys(record, ['as_of', 'derivation', 'format', 'votes'])) return 'other fields than a record has';
  if (write(record.as_of ?? null) !== write(state)) return 'it is as of other entries';
  if (record.votes.length !== verdicts.length) return 'other votes than log.json names';
  const skipped = [];
  for (const [at, verdict] of verdicts.entries()) {
    const theirs = record.votes[at];
    if (!hasFields(theirs, VOTE_FIELDS, VOTE_MORE) || !Array.isArray(theirs.replies)) return 'other fields than a vote has';
    if (verdict.unread) return `it has a vote that cannot be read: ${verdict.name}`;
    if (!theirs.replies.every((reply) => hasFields(reply, REPLY_FIELDS, REPLY_MORE))) return 'other fields than a reply has';
    if (!isPlain(verdict)) {
      skipped.push(verdict.name);
      continue;
    }
    const finding = findingsFault(theirs, verdict);
    if (finding) return `the findings of ${verdict.name}: ${finding}`;
    const field = difference({ ...voteOf(verdict), outcome: verdict.outcome }, theirs);
    if (field) return `${field} of ${verdict.name}`;
    if (verdict.replies.length !== theirs.replies.length) return `the replies of ${verdict.name}`;
    for (const [each, reply] of verdict.replies.entries()) {
      const other = theirs.replies[each];
      const wrong = difference(replyOf(reply), { ...other, instrument: instrumentOf(other.instrument ?? {}) });
      if (wrong) return `${wrong} of the reply of ${reply.member} in ${verdict.name}`;
    }
  }
  notProved.push(
    'of record.json it is not derived here which findings there must be, and how certain the outcome is: not compared, but for late replies',
  );
  if (skipped.length) notProved.push(`the record of ${skipped.join(', ')} is not derived here: not compared`);
  return null;
}

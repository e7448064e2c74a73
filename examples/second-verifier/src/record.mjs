// record.json, held against what this program derives itself. Which findings an auditor would raise, and what follows
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

const sameKeys = (value, names) =>
  value !== null && typeof value === 'object' && write(Object.keys(value).sort()) === write([...names].sort());

const announcement = (act) => ({
  announced_at: act.announced_at,
  by: act.by ?? null,
  outcome: act.outcome,
  resolution: act.resolution,
});

function instrumentOf(instrument) {
  const { rank_in_english: rank = null, translation = null, ...rest } = instrument;
  // Both are left out where neither is on record.
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
    conditions: verdict.conditions,
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
    window: verdict.window,
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
    if (!sameKeys(theirs, VOTE_FIELDS) || !Array.isArray(theirs.replies)) return 'other fields than a vote has';
    if (verdict.unread) return `it has a vote that cannot be read: ${verdict.name}`;
    if (!theirs.replies.every((reply) => sameKeys(reply, REPLY_FIELDS))) return 'other fields than a reply has';
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
      const wrong = difference(replyOf(reply), theirs.replies[each]);
      if (wrong) return `${wrong} of the reply of ${reply.member} in ${verdict.name}`;
    }
  }
  notProved.push(
    'of record.json it is not derived here which findings there must be, and how certain the outcome is: not compared, but for late replies',
  );
  if (skipped.length) notProved.push(`the record of ${skipped.join(', ')} is not derived here: not compared`);
  return null;
}

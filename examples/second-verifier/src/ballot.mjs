// A ballot in a reply: what the member signed, and whether it is this reply's (ballots.md).

import { fromBase64, toUtf8 } from './bytes.mjs';
import { BALLOT_TYPE, envelopeHolds, readEnvelope } from './form.mjs';
import { parseCanonical, write } from './json.mjs';
import * as is from './types.mjs';

const isAnswer = is.shape({ question: is.isName, position: is.isName });
const isNonce = (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
const isLine = (value) => is.isLine(value);
const FORMS = {
  'inblue-ballot/2': is.shape({
    log: isLine,
    draft: isLine,
    round: is.isInteger(1, 9999),
    texts: is.mapOf(isLine, is.isDigest),
    opening: is.isDigest,
    closes_at: is.orNull(is.isInstant),
    rule: is.orNull(is.isName),
    rehearsal: is.isBool,
    format: is.oneOf('inblue-ballot/2'),
    member: is.isMember,
    replies: is.listOf(isAnswer, 1, 20),
    nonce: isNonce,
  }),
  'inblue-ballot/1': is.shape({
    format: is.oneOf('inblue-ballot/1'),
    draft: isLine,
    procedure: is.isDigest,
    opening: is.isDigest,
    member: is.isMember,
    position: is.isName,
    nonce: isNonce,
  }),
};

/** The envelope and payload of a canonical ballot, or null (BAL-1). */
export function readBallot(text) {
  const bytes = toUtf8(text);
  const envelope = bytes.length <= 16_000 ? readEnvelope(bytes, BALLOT_TYPE) : null;
  const payload = envelope ? parseCanonical(envelope.payload) : undefined;
  if (payload === undefined || payload === null || typeof payload !== 'object') return null;
  const form = Object.hasOwn(FORMS, payload.format ?? '') ? FORMS[payload.format] : null;
  return form?.(payload) ? { envelope, payload, bytes } : null;
}

/** What an act answers: the draft, if it takes a position, then other questions in their order (BAL-9). */
function answersOf(act) {
  const own = act.position === null ? [] : [{ question: 'draft', position: act.position }];
  return [...own, ...(act.answers ?? [])];
}

const sameAnswers = (one, two) =>
  one.length === two.length &&
  one.every((each, at) => each.question === two[at].question && each.position === two[at].position);

/** What can be said of a ballot by the entry that it is in, without its vote: the rest of check 3. */
function faultsAlone(ballot, entry, register, place) {
  const { payload } = ballot;
  const { act } = entry;
  const isFirst = payload.format === 'inblue-ballot/1';
  if (isFirst && entry.format !== 'inblue-entry/1') return ['a ballot of the first form in an entry of the second'];
  if (isFirst && place.round !== 1) return ['a ballot of the first form in a later round'];
  if (!isFirst && payload.log !== register.origin) return ['the ballot was signed for another log'];
  if (payload.draft !== place.symbol) return [`the ballot was signed for another vote: ${payload.draft}`];
  if (!isFirst && payload.round !== place.round) return [`the ballot was signed for another round: ${payload.round}`];
  if (payload.member !== act.member) return ['the ballot is of another member'];
  const said = isFirst ? [{ question: 'draft', position: payload.position }] : payload.replies;
  if (!sameAnswers(said, answersOf(act))) return ['the ballot says another position, or answers another question'];
  for (const { query, token } of act.ballot.timestamps) {
    if (!fromBase64(query) || !fromBase64(token)) return ['a timestamp of the ballot that is not base64'];
  }
  const key = register.keyOfMember(ballot.envelope.keyId, act.member, entry.recorded_at);
  if (!key) return ['the key of the ballot is none of the member, in force at that instant'];
  return envelopeHolds(ballot.envelope, key) ? [] : ['the signature of the ballot does not hold'];
}

function faultsInVote(payload, vote) {
  if (!vote.opening) return [[3, 'a ballot before voting is opened']];
  const faults = [];
  if (payload.format === 'inblue-ballot/1') {
    if (payload.procedure !== vote.procedureDigest) faults.push([3, 'the ballot was signed for another procedure']);
    if (payload.opening !== vote.opening.act.snapshot) faults.push([3, 'the ballot was signed for another opening']);
    return faults;
  }
  if (write(payload.texts) !== vote.opening.texts) faults.push([3, 'the ballot was signed for another text']);
  if (payload.opening !== vote.opening.digest) faults.push([3, 'the ballot was signed for another opening']);
  if (payload.rehearsal !== (vote.times === 'simulated')) faults.push([3, 'a ballot of a rehearsal in a vote, or the reverse']);
  // Where no deadline is known, the ballot names the clause of the window in its place.
  const closes = vote.opening.closesAt;
  const rule = closes === null ? vote.procedure.window.clause : null;
  const fits = payload.closes_at === closes && payload.rule === rule;
  if (!fits) faults.push([8, 'the ballot was signed for another deadline']);
  return faults;
}

/**
 * The faults of the ballot of a reply, as [check, text]. `vote` is null where the vote is not shown from its beginning,
 * or cannot be read: what needs it is then not checked.
 */
export function ballotFaults(entry, register, place, vote, nonces) {
  const ballot = readBallot(entry.act.ballot.envelope);
  if (!ballot) return [[3, 'the ballot is not canonical']];
  const faults = faultsAlone(ballot, entry, register, place).map((text) => [3, text]);
  if (nonces.has(ballot.payload.nonce)) faults.push([3, 'the nonce is that of an earlier ballot']);
  nonces.add(ballot.payload.nonce);
  if (vote) faults.push(...faultsInVote(ballot.payload, vote));
  return faults;
}

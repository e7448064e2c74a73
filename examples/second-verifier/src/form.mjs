// Check 2: whether an entry is canonical, from the envelope to the fields of its act (ENT-1 to ENT-32).

import { compareText, concat, fromBase64, fromUtf8, pointsOf, toUtf8 } from './bytes.mjs';
import { verifyEd25519 } from './ed25519.mjs';
import { parseCanonical, isObject } from './json.mjs';
import { kinds, needsVersion } from './kinds.mjs';
import * as is from './types.mjs';

export const ENTRY_TYPE = 'application/vnd.inblue.entry+json';
export const BALLOT_TYPE = 'application/vnd.inblue.ballot+json';
export const LONGEST_ENTRY = 65_535;

const TEMPLATE =
  /^\{"payload":"([A-Za-z0-9+/=]*)","payloadType":"([^"\\]*)","signatures":\[\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{86}==)"\}\]\}$/;

/** The parts of an envelope in its one template (ENT-14), or null. */
export function readEnvelope(bytes, type) {
  const text = fromUtf8(bytes);
  const found = text === null ? null : TEMPLATE.exec(text);
  if (!found || found[2] !== type) return null;
  const payload = fromBase64(found[1]);
  const signature = fromBase64(found[4]);
  if (!payload || signature?.length !== 64) return null;
  return { payload, type, keyId: found[3], signature };
}

/** Whether a key has signed what is in an envelope, by DSSE's pre-authentication encoding (ENT-16). */
export function envelopeHolds(envelope, publicKey) {
  const type = toUtf8(envelope.type);
  const head = toUtf8(`DSSEv1 ${type.length} ${envelope.type} ${envelope.payload.length} `);
  return verifyEd25519(publicKey, concat(head, envelope.payload), envelope.signature);
}

const SEEN = is.shape({ root: is.isHash, size: is.isCount, tokens: is.listOf(is.isDigest, 0, 20) });
const ACTOR = is.shape({ key: is.isDigest, office: is.isName });
const COMMON = {
  act: isObject,
  actor: ACTOR,
  format: is.oneOf('inblue-entry/1', 'inblue-entry/2'),
  index: is.isCount,
  kind: (value) => typeof value === 'string',
  recorded_at: is.isInstant,
  seen: SEEN,
  stream: (value) => is.isLine(value, 320),
};
const PAYLOAD = new Map([
  ['inblue-entry/1', is.shape(COMMON)],
  ['inblue-entry/2', is.shape({ ...COMMON, register: is.isCount, idempotency_key: is.isIdempotencyKey }, ['idempotency_key'])],
]);

const rising = (list, key = (each) => each) =>
  list.every((each, at) => at === 0 || compareText(key(list[at - 1]), key(each)) < 0);

const isAfter = (later, earlier) => later === null || earlier === null || is.microsOf(later) > is.microsOf(earlier);
const grantHolds = (grant) => isAfter(grant.valid_until, grant.valid_from);
const OPENING_ONLY = ['programme_of_work', 'opens_at', 'closes_at', 'counting', 'snapshot'];

/** ENT-82: what came in a message arrived at an instant; its paper is a part of it, or the message itself. */
function messageFault({ message, received_at: received, instrument }) {
  if (typeof received !== 'string' || received.length <= 10) return 'names a message, and has no instant of arrival';
  if ((instrument.translation ?? null) !== null) return 'names a message, and has a translation';
  return (message.part === null) === (instrument.sha256 === null) ? null : 'names a message, and its paper is not in it';
}

// What fields of one act must be to each other (ENT-32).
const TOGETHER = {
  draft_circulated(act) {
    if ((act.replies ?? null) !== null && act.times !== 'documented') return 'replies of a vote that is not documented';
    const round = act.round ?? 1;
    if (round === 1) return (act.after ?? null) === null ? null : 'after in round 1';
    if (/#[0-9]+$/.test(act.symbol)) return 'a later round of a symbol that ends in # and digits';
    return pointsOf(`${act.symbol}#${round}`) <= 300 ? null : 'a symbol too long for its round';
  },
  letter_sent(act) {
    if (act.kind === 'opening') return null;
    return OPENING_ONLY.every((field) => (act[field] ?? null) === null) ? null : 'what only an opening has';
  },
  vote_cast(act) {
    const [says, by, replaces] = [act.says ?? null, act.by ?? null, act.replaces ?? null];
    const answers = act.answers ?? [];
    if (says !== null && (act.position !== null || answers.length > 0 || act.ballot !== null)) {
      return 'says something, and has a position, answers or a ballot';
    }
    const questions = new Set(answers.map((answer) => answer.question));
    if (questions.size < answers.length || questions.has('draft'))
      return 'answers a question twice, or the draft beside its position';
    if ((by !== null || replaces !== null) && act.ballot !== null) return 'a ballot that somebody else gives, or that replaces';
    if (by === act.member) return 'by the member itself';
    return (act.message ?? null) === null ? null : messageFault(act);
  },
  result_announced(act) {
    if (act.outcome === 'open') return 'no outcome is announced';
    const isFailed = act.outcome === 'not_adopted' || act.outcome === 'vetoed';
    return isFailed && act.resolution !== null ? 'the number of what was not adopted' : null;
  },
  electorate_changed(act) {
    if (new Set(act.groups).size < act.groups.length) return 'a group is there twice';
    if (new Set([act.member, ...act.alternates]).size < act.alternates.length + 1)
      return 'an alternate is there twice, or the member itself';
    if (act.change === 'begins') return null;
    const isBare =
      !act.permanent &&
      !act.advisory &&
      [act.groups, act.alternates, Object.keys(act.weights)].every((list) => list.length === 0);
    return isBare ? null : 'what kind of seat one was that ends';
  },
  ledger_founded(act) {
    if (act.registrar.office !== 'registrar') return 'a founder that is not a registrar';
    return grantHolds(act.registrar) ? null : 'a grant that ends before it begins';
  },
  key_enrolled: (act) => (grantHolds(act.grant) ? null : 'a grant that ends before it begins'),
  log_key_succeeded: (act) =>
    act.compromised_since === null || act.cause === 'compromise' ? null : 'compromised_since without a compromise',
  register_stated: (act) => (rising(act.votes, (each) => each.stream) ? null : 'votes out of order'),
  entry_disowned: (act) => (act.stream === 'register' && act.index === 0 ? 'the founding is disowned' : null),
};

function payloadFault(payload) {
  const isShaped = isObject(payload) ? PAYLOAD.get(payload.format) : null;
  if (!isShaped?.(payload)) return 'payload: not the fields of an entry, each of its type';
  if (!rising(payload.seen.tokens)) return 'payload: tokens out of order';
  const kind = kinds.get(payload.kind);
  if (!kind) return `the kind '${payload.kind}' is not known`;
  if (payload.act.act !== kind.act) return 'the act is of another kind';
  if (!kind.isWellFormed(payload.act)) return `not the fields of ${payload.kind}, each of its type`;
  if (!needsVersion(kind, payload.act)) return `a lower version than ${payload.kind} can say it`;
  const fault = TOGETHER[kind.act]?.(payload.act) ?? null;
  return fault === null ? null : `act: ${fault}`;
}

/** A canonical entry as `{ entry }`, or `{ fault }`. */
export function readEntry(bytes) {
  if (bytes.length > LONGEST_ENTRY) return { fault: 'longer than 65,535 bytes' };
  const envelope = readEnvelope(bytes, ENTRY_TYPE);
  if (!envelope) return { fault: 'not an entry envelope: its bytes differ from the one template' };
  const said = {};
  const payload = parseCanonical(envelope.payload, said);
  if (payload === undefined) return { fault: `payload: ${said.why}` };
  const fault = payloadFault(payload);
  if (fault) return { fault };
  return { entry: { ...payload, envelope, kindInfo: kinds.get(payload.kind) } };
}

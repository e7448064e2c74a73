// Receipts and ballots that a reader hands in (receipts.md), and check 15.

import { equal, fromBase64, fromUtf8, toHex, toUtf8 } from './bytes.mjs';
import { readBallot } from './ballot.mjs';
import { readEntry } from './form.mjs';
import { isObject, parse } from './json.mjs';
import { tryCheckpoint } from './log.mjs';
import { isStampLine } from './lines.mjs';
import { logSignatureFault } from './note.mjs';
import { leafHash, rootByInclusion } from './tree.mjs';
import * as is from './types.mjs';
import { Refused } from './zip.mjs';

const LONGEST = 2_000_000;
const isString = (most) => (value) => typeof value === 'string' && value.length <= most;
const COMMON = {
  member: is.isMember,
  entry: isString(65_535),
  proof: isString(500_000),
  timestamps: is.listOf(isStampLine, 0, 100),
};
const FORMS = {
  'inblue-receipt/2': is.shape(
    {
      ...COMMON,
      format: is.oneOf('inblue-receipt/2'),
      stream: (value) => is.isLine(value, 320),
      act: is.isInteger(0, 999_999_999_999_999),
      digest: is.isDigest,
    },
    ['timestamps'],
  ),
  'inblue-receipt/1': is.shape({ ...COMMON, format: is.oneOf('inblue-receipt/1'), draft: (value) => is.isLine(value) }, [
    'timestamps',
  ]),
};
const isBallotFile = is.shape(
  { envelope: isString(8000), timestamps: is.listOf(is.shape({ query: is.isBase64Text, token: is.isBase64Text }), 0, 2) },
  ['timestamps'],
);
const PROOF = 'c2sp.org/tlog-proof@v1';

const refuse = (why) => {
  throw new Refused(`the receipt: ${why}`);
};

function readProof(text) {
  const cut = text.indexOf('\n\n');
  if (cut < 0) refuse('its proof has no checkpoint');
  const lines = text.slice(0, cut).split('\n');
  if (lines.shift() !== PROOF) refuse('its proof is of no version that is known');
  if (lines[0]?.startsWith('extra ') && fromBase64(lines.shift().slice(6)) === null)
    refuse('its proof has an extra line that is not base64');
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '');
  if (!index || lines.length > 64) refuse('its proof has no index, or more than 64 hashes');
  const path = lines.map((line) => fromBase64(line));
  if (!path.every((hash) => hash?.length === 32)) refuse('its proof has a hash that is none');
  const { checkpoint, fault } = tryCheckpoint(text.slice(cut + 2));
  if (fault) refuse(`its checkpoint: ${fault}`);
  return { index: Number(index[1]), path, checkpoint };
}

/** A receipt that holds together, or a ballot. Throws Refused. */
export function readHandedIn(bytes) {
  if (bytes.length > LONGEST) refuse('longer than 2,000,000 bytes');
  const text = fromUtf8(bytes);
  let value;
  try {
    value = text === null ? null : parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (isBallotFile(value)) return openBallot(value.envelope);
  const form =
    isObject(value) && typeof value.format === 'string' && Object.hasOwn(FORMS, value.format) ? FORMS[value.format] : null;
  if (!form?.(value)) refuse('not the fields that one has, each of its type');
  return openReceipt(value);
}

function openBallot(envelope) {
  const ballot = readBallot(envelope);
  if (!ballot) refuse('a ballot that is not canonical');
  return { kind: 'ballot', envelope, payload: ballot.payload, keyId: ballot.envelope.keyId };
}

function openReceipt(value) {
  const proof = readProof(value.proof);
  const bytes = toUtf8(value.entry);
  const leaf = leafHash(bytes);
  const root = rootByInclusion(proof.index, proof.checkpoint.size, leaf, proof.path);
  if (!root || !equal(root, proof.checkpoint.root)) refuse('its path does not tie the entry to the checkpoint');
  const { entry } = readEntry(bytes);
  if (!entry) refuse('its entry is none');
  const stream = value.stream ?? `vote:${value.draft}`;
  const act = value.act ?? entry.index;
  if (entry.stream !== stream || entry.index !== act || entry.act.member !== value.member)
    refuse('its entry is not the act that it names');
  if ((value.digest ?? toHex(leaf)) !== toHex(leaf)) refuse('its entry has another digest than it says');
  return { kind: 'receipt', member: value.member, stream, act, digest: toHex(leaf), ...proof };
}

/** Whether the key of that size has signed, or an earlier one from which every key was handed over. */
function isVouchedFor(checkpoint, register) {
  const key = register.logKeyAt(checkpoint.size);
  if (!key) return false;
  if (!logSignatureFault(checkpoint, key.vkey, register.vkeys)) return true;
  let at = register.logKeys.indexOf(key);
  while (at > 0) {
    const succession = register.successions.find((each) => each.position === at);
    if (!succession?.isHandedOver) return false;
    at--;
    if (!logSignatureFault(checkpoint, register.logKeys[at].vkey, [])) return true;
  }
  return false;
}

/** What was found of a receipt: there, missing, another, or undecided. Contradictions are told as check 15. */
export function checkReceipt(receipt, audit, shown, problems) {
  const { register } = audit;
  const { checkpoint, index } = receipt;
  const size = shown.checkpoint?.size ?? shown.end;
  if (checkpoint.origin !== register.origin) refuse('it is of another log');
  if (!isVouchedFor(checkpoint, register)) {
    if (checkpoint.size <= size) refuse('its checkpoint is not signed by the key that the log had at that size');
    return 'undecided';
  }
  const tell = (text) => problems.add(15, null, `the receipt of ${receipt.member} for ${receipt.stream} ${text}`);
  const here = audit.items.find((item) => item.entry?.stream === receipt.stream && item.entry.index === receipt.act);
  if (here && here.digest !== receipt.digest) {
    tell(`shows another act ${receipt.act} than there is here: one contradicts the other`);
    return 'another';
  }
  const leaf = index < size ? shown.tree.leaf(index) : null;
  if (leaf && toHex(leaf) !== receipt.digest) {
    tell(`shows an entry at ${index} that was left out here, or changed`);
    return 'missing';
  }
  const root = shown.tree.root(checkpoint.size);
  if (root && !equal(root, checkpoint.root)) {
    tell(`shows that the log signed other entries: its first ${checkpoint.size} are not those here`);
    return 'another';
  }
  if (here) return 'there';
  const stated = audit.lastStatedActs(receipt.stream);
  if (stated !== null && receipt.act >= stated && checkpoint.size <= size) {
    tell(`shows act ${receipt.act}, and the log's last entry says that there are ${stated}`);
    return 'missing';
  }
  return 'undecided';
}

/** What was found of a ballot. One that is missing fails no check: that it was sent is not proved. */
export function checkBallot(ballot, audit) {
  const { payload } = ballot;
  const { register } = audit;
  if (payload.log !== undefined && payload.log !== register.origin) refuse('a ballot for another log');
  const key = register.keys.get(ballot.keyId);
  if (!key?.grants.some((grant) => grant.member === payload.member)) refuse('a ballot that no key of its member has signed');
  const replies = audit.items.filter((item) => item.hasEffect && item.entry.act.act === 'vote_cast');
  if (replies.some((item) => item.entry.act.ballot?.envelope === ballot.envelope)) return 'there';
  const name = (payload.round ?? 1) === 1 ? `vote:${payload.draft}` : `vote#${payload.round}:${payload.draft}`;
  const vote = audit.streams.get(name)?.vote;
  if (!vote?.opening || vote.broken) return 'undecided';
  if (payload.rehearsal !== undefined && payload.rehearsal !== (vote.times === 'simulated'))
    refuse('a ballot of a rehearsal compared with a real vote, or the reverse');
  return payload.opening === vote.opening.digest ? 'missing' : 'undecided';
}

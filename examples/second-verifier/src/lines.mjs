// Lines of timestamps.jsonl (check 14) and cosigned.jsonl (check 16): what they are over, and in which order.

import { fromBase64, sha256, toHex, toUtf8 } from './bytes.mjs';
import { isAuthority } from './documents.mjs';
import { openAuthority } from './authority.mjs';
import { parseCanonical } from './json.mjs';
import { tryCheckpoint } from './log.mjs';
import { linesOf, lineHolds, logSignatureFault } from './note.mjs';
import { isMet } from './policy.mjs';
import * as is from './types.mjs';

const isPath = is.listOf(is.isHash, 0, 128);
const isNote = (value) => is.isText(value, 400_000);
const isSize = is.isInteger(1, Number.MAX_SAFE_INTEGER);
const isBase64 = (value) => typeof value === 'string' && value.length <= 100_000;
export const isStampLine = is.shape({
  authority: isAuthority,
  note: isNote,
  path: isPath,
  query: isBase64,
  size: isSize,
  token: isBase64,
});
const isCosignedLine = is.shape({ note: isNote, path: isPath, size: isSize });

/** What is wrong with the checkpoint of a line, or null. `mayPath` is false in a published log (TIL-4). */
function stateFault(line, checkpoint, shown, register, mayPath) {
  if (checkpoint.size !== line.size) return 'its size is not that of its checkpoint';
  const fault = logSignatureFault(checkpoint, register.logKeyAt(checkpoint.size)?.vkey ?? null, register.vkeys);
  if (fault) return fault;
  const path = line.path.map((hash) => fromBase64(hash));
  const inRange = shown.isInRange(checkpoint.size);
  if (path.length && (inRange || !mayPath)) return 'it has a path, where the entries show it';
  const isEarlier = inRange ? shown.isEarlier(checkpoint) : shown.isEarlierByPath(checkpoint, path);
  return isEarlier === true ? null : `the checkpoint of size ${checkpoint.size} is not a state of this log`;
}

const ordered = (one, two) => one.size < two.size || (one.size === two.size && one.digest < two.digest);

/** The timestamps that are handed over, each with its checkpoint. Faults are told. */
export function readStamps(lines, shown, register, problems, mayPath) {
  const found = [];
  lines.forEach((bytes, at) => {
    const tell = (text) => problems.add(14, null, `line ${at + 1} of timestamps.jsonl: ${text}`);
    const line = parseCanonical(bytes);
    if (!isStampLine(line)) return tell('not canonical');
    const token = fromBase64(line.token);
    const query = fromBase64(line.query);
    const claimed = openAuthority(line.authority);
    if (!token || !query || !claimed) return tell('a token, query or authority that is none');
    const stamp = { size: line.size, digest: toHex(sha256(token)), token, query, note: toUtf8(line.note), claimed, line };
    if (found.length && !ordered(found.at(-1), stamp)) tell('not in the order of size and token');
    found.push(stamp);
    const { checkpoint, fault } = tryCheckpoint(line.note);
    if (fault) return tell(`what was timestamped is not a checkpoint: ${fault}`);
    if (checkpoint.lines.length !== 1) return tell('what was timestamped has other lines than the one of the log');
    const state = stateFault(line, checkpoint, shown, register, mayPath);
    if (state) return tell(state);
    stamp.checkpoint = checkpoint;
    return undefined;
  });
  return found.filter((stamp) => stamp.checkpoint);
}

/** The cosigned checkpoints, that of the log last. Faults are told. */
export function readCosigned(lines, shown, register, problems, mayPath) {
  const found = [];
  let last = 0;
  lines.forEach((bytes, at) => {
    const tell = (text) => problems.add(16, null, `line ${at + 1} of cosigned.jsonl: ${text}`);
    const line = parseCanonical(bytes);
    if (!isCosignedLine(line)) return tell('not canonical');
    if (line.size <= last) tell('not in the order of sizes');
    last = line.size;
    if (shown.checkpoint && line.size >= shown.checkpoint.size) tell('not below the size of the checkpoint');
    const { checkpoint, fault } = tryCheckpoint(line.note);
    if (fault) return tell(fault);
    const state = stateFault(line, checkpoint, shown, register, mayPath);
    if (state) return tell(`the cosigned ${state}`);
    found.push(checkpoint);
    return undefined;
  });
  if (shown.checkpoint) found.push(shown.checkpoint);
  return found;
}

/**
 * Check 16 with a policy: the lines of the witnesses that it names hold. Says at which sizes the quorum is met, by the
 * lines over that very checkpoint.
 */
export function checkWitnesses(policy, checkpoints, problems) {
  const met = [];
  for (const checkpoint of checkpoints) {
    const signers = new Set();
    for (const [name, vkey] of policy.witnesses) {
      const lines = linesOf(checkpoint, vkey);
      if (lines.length === 0) continue;
      if (lines.every((line) => lineHolds(checkpoint, line, vkey))) signers.add(name);
      else problems.add(16, null, `at size ${checkpoint.size}: the signature of ${vkey.name}+${vkey.id} does not hold`);
    }
    if (isMet(policy, signers)) met.push(checkpoint.size);
  }
  return met;
}

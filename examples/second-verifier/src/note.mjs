// C2SP signed notes, checkpoints, vkeys and cosignatures (LOG-10 to LOG-17, LOG-50 to LOG-54).

import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { bigOf, concat, equal, fromBase64, fromUtf8, sha256, toHex, toUtf8, u64 } from './bytes.mjs';
import { isStrong, verifyEd25519 } from './ed25519.mjs';
import { EMPTY } from './tree.mjs';

const LONGEST = 1_000_000;
const MOST_LINES = 100;
const NAME = /^[^\p{White_Space}+]+$/u;
const SIZE = /^(0|[1-9][0-9]{0,18})$/;
// Control characters below the blank, with the exception of the line feed.
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
const LATEST = 2n ** 63n - 1n;

export const ED25519 = 0x01;
export const COSIGNER = 0x04;
export const ML_DSA_44 = 0x06;
const KEY_LENGTH = { [ED25519]: 32, [COSIGNER]: 32, [ML_DSA_44]: 1312 };

export class NoteError extends Error {}

function splitNote(text) {
  const cut = text.lastIndexOf('\n\n');
  if (cut < 0) throw new NoteError('no signature');
  const lines = text.slice(cut + 2).split('\n');
  if (lines.pop() !== '') throw new NoteError('its last line is not ended');
  if (lines.length === 0) throw new NoteError('no signature');
  if (lines.length > MOST_LINES) throw new NoteError(`more than ${MOST_LINES} signature lines`);
  return [text.slice(0, cut + 1), lines];
}

function lineOf(line) {
  const parts = line.split(' ');
  if (parts.length !== 3 || parts[0] !== '\u2014' || !NAME.test(parts[1])) {
    throw new NoteError('a line that is not a signature');
  }
  const bytes = fromBase64(parts[2]);
  if (!bytes || bytes.length < 5) throw new NoteError('a signature that is not base64 of five bytes or more');
  return { name: parts[1], id: toHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

/** A checkpoint in form; whether a signature holds is asked later. Throws NoteError. */
export function readCheckpoint(bytes) {
  if (bytes.length > LONGEST) throw new NoteError('too long');
  const text = fromUtf8(bytes);
  if (text === null) throw new NoteError('not UTF-8');
  if (CONTROL.test(text)) throw new NoteError('a control character');
  const [body, lines] = splitNote(text);
  const rows = body.split('\n');
  if (rows.length !== 4 || rows[0] === '') throw new NoteError('not three lines: origin, size and root');
  const [origin, size, rootText] = rows;
  if (!SIZE.test(size) || BigInt(size) > LATEST) throw new NoteError('its size is none');
  const root = fromBase64(rootText);
  if (!root || root.length !== 32) throw new NoteError('its root is none');
  if (size === '0' && !equal(root, EMPTY)) throw new NoteError('of size 0 with another root than the empty tree');
  return { text, body: toUtf8(body), origin, size: Number(size), bigSize: BigInt(size), root, lines: lines.map(lineOf) };
}

export const readCheckpointText = (text) => readCheckpoint(toUtf8(text));

/** A vkey `name+id+base64(type || key)` of one of the types, or null. */
export function readVkey(text, types) {
  const found = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  if (!found || !NAME.test(found[1])) return null;
  const bytes = fromBase64(found[3]);
  if (!bytes || !types.includes(bytes[0]) || bytes.length !== 1 + KEY_LENGTH[bytes[0]]) return null;
  const id = toHex(sha256(concat(toUtf8(`${found[1]}\n`), bytes)).subarray(0, 4));
  if (id !== found[2]) return null;
  return { text, name: found[1], id, type: bytes[0], key: bytes.subarray(1) };
}

/** The key of a log: of either type, strong, or null (REG-19). */
export function readLogKey(text) {
  const vkey = readVkey(text, [ED25519, ML_DSA_44]);
  if (!vkey || (vkey.type === ED25519 && !isStrong(vkey.key))) return null;
  return vkey;
}

export const readWitnessKey = (text) => readVkey(text, [COSIGNER, ML_DSA_44]);

const counted = (bytes) => concat(Uint8Array.of(bytes.length), bytes);

function subtreeMessage(checkpoint, name, time) {
  const signer = toUtf8(name);
  const origin = toUtf8(checkpoint.origin);
  if (signer.length > 255 || origin.length > 255) return null;
  return concat(
    toUtf8('subtree/v1\n\0'),
    counted(signer),
    time,
    counted(origin),
    u64(0),
    u64(checkpoint.bigSize),
    checkpoint.root,
  );
}

/** Whether one line is the signature of this key over the checkpoint. */
export function lineHolds(checkpoint, line, vkey) {
  const { signature } = line;
  if (vkey.type === ED25519) return signature.length === 64 && verifyEd25519(vkey.key, checkpoint.body, signature);
  const time = signature.subarray(0, 8);
  if (time.length !== 8) return false;
  if (vkey.type === COSIGNER) {
    if (signature.length !== 72 || bigOf(time) > LATEST) return false;
    const message = concat(toUtf8(`cosignature/v1\ntime ${bigOf(time)}\n`), checkpoint.body);
    return verifyEd25519(vkey.key, message, signature.subarray(8));
  }
  if (signature.length !== 8 + 2420 || bigOf(time) > LATEST) return false;
  const message = subtreeMessage(checkpoint, vkey.name, time);
  try {
    return message !== null && ml_dsa44.verify(signature.subarray(8), message, vkey.key);
  } catch {
    return false;
  }
}

/** The lines under the name and id of a key. */
export const linesOf = (checkpoint, vkey) => checkpoint.lines.filter((line) => line.name === vkey.name && line.id === vkey.id);

/**
 * Why the log's signature on a checkpoint does not hold, or null. `current` is the key that the log had at that size,
 * `all` every key that it has had: a line of any of them must hold, and one of the current key must be there.
 */
export function logSignatureFault(checkpoint, current, all) {
  if (!current) return 'the log had no key at that size';
  if (checkpoint.origin !== current.name) return `its origin is ${checkpoint.origin}, and the key's name ${current.name}`;
  if (linesOf(checkpoint, current).length === 0) return 'no line of the key that the log had at that size';
  const keys = all.includes(current) ? all : [current, ...all];
  for (const key of keys) {
    for (const line of linesOf(checkpoint, key)) {
      if (!lineHolds(checkpoint, line, key)) return `the signature of ${key.name}+${key.id} does not hold`;
    }
  }
  return null;
}

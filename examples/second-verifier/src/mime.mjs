// The part of a message that a section number names, decoded (ENT-90 to ENT-98); null where it cannot be read in one way.

import { fromBase64, toBase64 } from './bytes.mjs';

const MOST_HEADER = 262_144;
const MOST_PARTS = 1000;
const TOKEN = "[!#$%&'*+\\-.0-9A-Z^_`a-z{|}~]+";
const TYPE = new RegExp(`^[ \\t]*(${TOKEN})/(${TOKEN})[ \\t]*(?:;([^]*))?$`);
const PARAMETER = new RegExp(`[ \\t]*(${TOKEN})=(?:(${TOKEN})|"([^"\\\\\\x00-\\x1f\\x7f]*)")[ \\t]*(?:;|$)`, 'y');
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;
const PLAIN = new Set(['7bit', '8bit', 'binary']);

class Unreadable extends Error {}

const demand = (holds) => {
  if (!holds) throw new Unreadable();
};

// One character a byte: patterns see bytes, and slices are cheap.
const latin1 = (bytes) => {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 8192) pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return pieces.join('');
};
const bytesOf = (text) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const withoutEnd = (line) => line.replace(/\r?\n$/, '');

function entityOf(raw, ifAbsent = 'text/plain') {
  const found = new Map();
  let name = null;
  let at = 0;
  while (at < raw.length) {
    const end = raw.indexOf('\n', at);
    const after = end < 0 ? raw.length : end + 1;
    demand(after <= MOST_HEADER);
    const line = withoutEnd(raw.slice(at, after));
    at = after;
    if (line === '') break;
    if (/^[ \t]/.test(line)) {
      demand(name !== null);
      found.get(name)?.push(line);
      continue;
    }
    const field = /^([!-9;-~]+):([^]*)$/.exec(line);
    demand(field);
    name = field[1].toLowerCase();
    if (name !== 'content-type' && name !== 'content-transfer-encoding') continue;
    demand(!found.has(name));
    found.set(name, [field[2]]);
  }
  const type = found.has('content-type') ? TYPE.exec(found.get('content-type').join('')) : null;
  demand(type || !found.has('content-type'));
  const encoding = (found.get('content-transfer-encoding') ?? ['7bit']).join('').replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  return {
    kind: type ? `${type[1]}/${type[2]}`.toLowerCase() : ifAbsent,
    parameters: type?.[3] ?? '',
    encoding: encoding.toLowerCase(),
    body: raw.slice(at),
  };
}

function boundaryOf(parameters) {
  let found = null;
  let at = 0;
  while (/[^ \t]/.test(parameters.slice(at))) {
    PARAMETER.lastIndex = at;
    const each = PARAMETER.exec(parameters);
    demand(each);
    if (each[1].toLowerCase() === 'boundary') {
      demand(found === null);
      found = each[2] ?? each[3];
    }
    at = PARAMETER.lastIndex;
  }
  demand(found !== null && BOUNDARY.test(found));
  return found;
}

function childOf(parent, number) {
  demand(PLAIN.has(parent.encoding));
  const delimiter = `--${boundaryOf(parent.parameters)}`;
  const { body } = parent;
  let begun = -1;
  let count = 0;
  let found = null;
  for (let at = body.indexOf(delimiter); at >= 0; ) {
    const end = body.indexOf('\n', at);
    const after = end < 0 ? body.length : end + 1;
    const rest = body.slice(at + delimiter.length, after).replace(/[ \t\r\n]+$/, '');
    if ((at === 0 || body[at - 1] === '\n') && (rest === '' || rest === '--')) {
      if (count === number) found = withoutEnd(body.slice(begun, at));
      if (rest === '--') {
        demand(found !== null);
        return entityOf(found, parent.kind === 'multipart/digest' ? 'message/rfc822' : 'text/plain');
      }
      begun = after;
      count += 1;
      demand(count <= MOST_PARTS);
    }
    at = body.indexOf(delimiter, after);
  }
  throw new Unreadable();
}

function decoded({ encoding, body }) {
  if (PLAIN.has(encoding)) return body;
  if (encoding === 'base64') {
    const text = body.replace(/[ \t\r\n]+/g, '');
    const bytes = fromBase64(text);
    demand(bytes && toBase64(bytes) === text);
    return latin1(bytes);
  }
  demand(encoding === 'quoted-printable');
  return body
    .replace(/(?<![ \t])[ \t]+(?=\r?\n|$)/g, '')
    .replace(/=(?:\r?\n|$)/g, '')
    .replace(/=([0-9A-Fa-f]{2})?/g, (_, pair) => {
      demand(pair !== undefined);
      return String.fromCharCode(parseInt(pair, 16));
    });
}

/** The bytes of that part of a message, or null. */
export function partOf(message, path) {
  try {
    let at = entityOf(latin1(message));
    let isMessage = true;
    for (const step of path.split('.').map(Number)) {
      if (!isMessage && at.kind === 'message/rfc822') {
        at = entityOf(decoded(at));
        isMessage = true;
      }
      if (at.kind.startsWith('multipart/')) at = childOf(at, step);
      else demand(isMessage && step === 1);
      isMessage = false;
    }
    demand(!at.kind.startsWith('multipart/'));
    return bytesOf(decoded(at));
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

// A bundle: its members, and what log.json says of the range (bundle.md). Anything else is refused.

import { fromBase64, sha256, toHex } from './bytes.mjs';
import { parseCanonical } from './json.mjs';
import { wholesOf } from './tree.mjs';
import * as is from './types.mjs';
import { readZip, Refused } from './zip.mjs';

const FOLDER = 'inblue-bundle/';
const FILES = 'data/files/';
const ALWAYS = [
  'README.txt',
  'bag-info.txt',
  'bagit.txt',
  'data/checkpoint.txt',
  'data/claims.json',
  'data/cosigned.jsonl',
  'data/entries.jsonl',
  'data/log.json',
  'data/record.json',
  'data/register.jsonl',
  'data/timestamps.jsonl',
  'manifest-sha256.txt',
  'manifest-sha512.txt',
  'tagmanifest-sha256.txt',
];
const LONGEST_LOG = 8_000_000;
const LONGEST_LINE = 500_000;
const LONGEST_ENTRY = 65_535;
const LF = 10;

const isPath = (most) => is.listOf(is.isHash, 0, most);
const isPositive = is.isInteger(1, Number.MAX_SAFE_INTEGER);
const isLog = is.shape({
  format: is.oneOf('inblue-bundle/1', 'inblue-bundle/2'),
  start: is.isCount,
  end: isPositive,
  before: isPath(64),
  after: isPath(64),
  recalled: is.listOf(is.shape({ index: is.isCount, path: isPath(64) }), 0, 10_000),
  handovers: is.listOf(is.shape({ entry: is.isCount, path: isPath(128) }), 0, 1000),
  votes: is.listOf((value) => is.isLine(value)),
});

const demand = (holds, why) => {
  if (!holds) throw new Refused(why);
};

/** The lines of a member, each ended by a line feed and none longer than it may be (BUN-6). */
export function linesOf(bytes, longest, name) {
  const lines = [];
  let from = 0;
  for (;;) {
    const to = bytes.indexOf(LF, from);
    if (to < 0) break;
    demand(to - from <= longest, `a line of ${name} that is too long`);
    lines.push(bytes.subarray(from, to));
    from = to + 1;
  }
  demand(from === bytes.length, `the last line of ${name} is not ended`);
  return lines;
}

const hashes = (path) => path.map((text) => fromBase64(text));

function readLog(bytes) {
  demand(bytes.length <= LONGEST_LOG, 'log.json is too long');
  demand(bytes.at(-1) === LF, 'log.json does not end in a line feed');
  const said = {};
  const log = parseCanonical(bytes.subarray(0, -1), said);
  demand(log !== undefined, `log.json: ${said.why}`);
  demand(isLog(log), 'log.json: not the fields that it has, each of its type');
  demand(log.start < log.end, 'log.json: a range of nothing');
  demand(log.before.length === wholesOf(log.start).length, 'log.json: not as many hashes before the range as there must be');
  log.recalled.forEach(({ index }, at) => {
    demand(at === 0 || log.recalled[at - 1].index < index, 'log.json: recalled entries out of order');
    demand(index < log.start || index >= log.end, 'log.json: a recalled entry lies in the range');
  });
  return {
    ...log,
    before: hashes(log.before),
    after: hashes(log.after),
    recalled: log.recalled.map((each) => ({ index: each.index, path: hashes(each.path) })),
    handovers: log.handovers.map((each) => ({ entry: each.entry, path: hashes(each.path) })),
  };
}

/** A bundle that is taken apart. Throws Refused. */
export function openBundle(bytes) {
  const members = readZip(bytes);
  const get = (name) => members.get(FOLDER + name);
  for (const name of ALWAYS) demand(get(name), `${name} is missing`);
  const files = new Map();
  const odd = [];
  for (const [name, body] of members) {
    const inside = name.startsWith(FOLDER) ? name.slice(FOLDER.length) : null;
    const digest = inside?.startsWith(FILES) ? inside.slice(FILES.length) : null;
    if (digest !== null && is.isDigest(digest)) files.set(digest, body);
    else if (inside === null || !ALWAYS.includes(inside)) odd.push(name);
  }
  return {
    members,
    get,
    files,
    odd,
    size: bytes.length,
    digest: toHex(sha256(bytes)),
    log: readLog(get('data/log.json')),
    entries: linesOf(get('data/entries.jsonl'), LONGEST_ENTRY, 'entries.jsonl'),
    register: linesOf(get('data/register.jsonl'), LONGEST_ENTRY, 'register.jsonl'),
    timestamps: linesOf(get('data/timestamps.jsonl'), LONGEST_LINE, 'timestamps.jsonl'),
    cosigned: linesOf(get('data/cosigned.jsonl'), LONGEST_LINE, 'cosigned.jsonl'),
    checkpoint: get('data/checkpoint.txt'),
  };
}

export { ALWAYS, FOLDER, Refused };

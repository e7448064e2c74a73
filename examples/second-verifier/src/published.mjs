// A published log (tiles.md): C2SP tlog-tiles with entry bundles, and files beside them. `read(name, most)` gives the
// bytes of a file, at most `most`, or null if it is missing; where it reads from is not known here.

import { equal, fromUtf8, toHex } from './bytes.mjs';
import { linesOf } from './container.mjs';
import { Audit } from './audit.mjs';
import { isObject, parse, write } from './json.mjs';
import { Shown, tryCheckpoint } from './log.mjs';
import { Problems } from './problems.mjs';
import { leafHash, nodeHash } from './tree.mjs';
import { asOf, verdictsOf } from './verdict.mjs';
import { finish, readGiven, refusal, refused, reportOf } from './verify.mjs';
import { Refused } from './zip.mjs';
import * as is from './types.mjs';

const WIDTH = 256;
const LARGEST_FILE = 64 * 2 ** 20;
const LONGEST_LINES = 512 * 2 ** 20;
const MOST_ENTRIES = 50_000_000;

const tileName = (index) => {
  const groups = [];
  let rest = index;
  do {
    groups.unshift(String(rest % 1000).padStart(3, '0'));
    rest = Math.floor(rest / 1000);
  } while (rest > 0);
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
};

/** The tiles of a level with `count` hashes: the name, and how many hashes. */
function* tilesOf(folder, count) {
  for (let from = 0; from < count; from += WIDTH) {
    const width = Math.min(WIDTH, count - from);
    const name = `${folder}/${tileName(from / WIDTH)}`;
    yield { name: width === WIDTH ? name : `${name}.p/${width}`, width };
  }
}

function need(read, name, most) {
  const bytes = read(name, most);
  if (!bytes) throw new Refused(`${name} could not be read: nothing is said of the log`);
  return bytes;
}

/** The entries of an entry bundle, each after its length in two bytes; null where it has another width. */
function entriesOf(bytes, width) {
  const found = [];
  let at = 0;
  while (found.length < width) {
    if (at + 2 > bytes.length) return null;
    const length = bytes[at] * 256 + bytes[at + 1];
    if (at + 2 + length > bytes.length) return null;
    found.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return at === bytes.length ? found : null;
}

function readAllEntries(read, size, problems) {
  const entries = [];
  for (const { name, width } of tilesOf('tile/entries', size)) {
    const found = entriesOf(need(read, name, WIDTH * 65_537), width);
    if (!found) {
      problems.add(11, null, `${name}: not ${width} entries, and no byte more`);
      return null;
    }
    entries.push(...found);
  }
  return entries;
}

/** TIL-2 and TIL-3: every tile has its width, and holds what the entries hash to. */
function checkTiles(read, entries, problems) {
  let hashes = entries.map(leafHash);
  for (let level = 0; hashes.length > 0; level++) {
    let at = 0;
    for (const { name, width } of tilesOf(`tile/${level}`, hashes.length)) {
      const bytes = need(read, name, WIDTH * 32 + 1);
      if (bytes.length !== 32 * width) problems.add(11, null, `${name}: not ${32 * width} bytes`);
      else if (!hashes.slice(at, at + width).every((hash, each) => equal(hash, bytes.subarray(32 * each, 32 * each + 32)))) {
        problems.add(5, null, `${name}: not what the entries hash to`);
      }
      at += width;
    }
    hashes = parentsOf(hashes);
  }
}

/** The hashes of the next level of tiles: one for every full tile. */
function parentsOf(hashes) {
  const found = [];
  for (let from = 0; from + WIDTH <= hashes.length; from += WIDTH) {
    let row = hashes.slice(from, from + WIDTH);
    while (row.length > 1) row = row.filter((_, at) => at % 2 === 0).map((left, at) => nodeHash(left, row[2 * at + 1]));
    found.push(row[0]);
  }
  return found;
}

const isState = is.shape({
  format: is.oneOf('second-verifier-state/1'),
  origin: (value) => is.isLine(value),
  root: is.isDigest,
  size: is.isCount,
});

function readState(bytes) {
  const text = fromUtf8(bytes);
  try {
    const state = text === null ? null : parse(text);
    if (isObject(state) && isState(state)) return state;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Refused('the file of the last audit is none of this program');
}

/** Check 17: what was verified at the last audit is an earlier state of what is served now (TIL-5). */
function checkRemembered(state, shown, register, problems) {
  const tell = (text) => problems.add(17, null, text);
  const { size } = shown.checkpoint;
  if (state.origin !== register.origin) return tell('another log was audited before');
  if (state.size > size)
    return tell(`the log had ${state.size} entries at the last audit; what is served is a state of ${size}`);
  const root = shown.tree.root(state.size);
  if (!root || toHex(root) !== state.root)
    tell(`the first ${state.size} entries are not those of the last audit: the log was rewritten`);
  return undefined;
}

function verifyServed(read, { trust, handedIn }, state) {
  const problems = new Problems();
  const notProved = [];
  const note = need(read, 'checkpoint', 1_000_001);
  const { checkpoint, fault } = tryCheckpoint(note);
  if (fault) return { ...refused(`the checkpoint: ${fault}`), status: 'fails', checks: [5] };
  if (checkpoint.size > MOST_ENTRIES) throw new Refused('a log of more entries than this program reads');
  const entries = readAllEntries(read, checkpoint.size, problems) ?? [];
  const files = { get: (digest) => read(`data/files/${digest}`, LARGEST_FILE) };
  const shown = new Shown({ start: 0, end: checkpoint.size, entries, before: [], files, zones: trust?.zones });
  shown.compare(note, [], problems);
  if (!problems.has(11)) checkTiles(read, entries, problems);
  const audit = new Audit(shown, problems);
  entries.forEach((bytes, index) => audit.read(bytes, index));
  if (entries.length === 0) audit.tell(1, null, 'the log is empty');
  const lines = (name) => linesOf(need(read, name, LONGEST_LINES), 500_000, name);
  const source = { timestamps: lines('data/timestamps.jsonl'), cosigned: lines('data/cosigned.jsonl') };
  const rest = finish({ audit, shown, problems, trust, handedIn, source, paths: [], mayPath: false, notProved });
  if (state) checkRemembered(state, shown, audit.register, problems);
  const names = audit
    .votes()
    .map(({ vote }) => (vote.place.round === 1 ? vote.place.symbol : `${vote.place.symbol}#${vote.place.round}`));
  const verdicts = verdictsOf({ audit, shown, trust, stamps: rest.stamps, names, notProved });
  const report = reportOf({
    kind: 'log',
    audit,
    shown,
    problems,
    trust,
    rest,
    state: asOf(audit, shown, names),
    verdicts,
    notProved,
  });
  return { report, remember: report.status === 'holds' ? rememberedOf(checkpoint) : null };
}

const rememberedOf = ({ origin, size, root }) =>
  `${write({ format: 'second-verifier-state/1', origin, root: toHex(root), size })}\n`;

/**
 * The report on a published log, and what to remember of it for the next audit: the text of a file, or null where the
 * log does not hold. `remembered` is the bytes of that file from the last audit, or null.
 */
export function verifyPublished(read, given = {}, remembered = null) {
  try {
    const state = remembered ? readState(remembered) : null;
    const done = verifyServed(read, readGiven(given), state);
    return done.report ? done : { report: done, remember: null };
  } catch (error) {
    return { report: refusal(error), remember: null };
  }
}

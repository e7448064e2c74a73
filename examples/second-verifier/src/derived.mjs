// Check 12: what a bundle derives from its entries (BUN-30 to BUN-34). It is run only where every other check holds.

import { compareText, fromUtf8, sha256, sha512, toHex, toUtf8, equal } from './bytes.mjs';
import { FOLDER } from './container.mjs';
import { parseCanonical, isObject, write } from './json.mjs';
import { recordFault } from './record.mjs';

const LONGEST_README = 1_000_000;
const TAGS = ['README.txt', 'bag-info.txt', 'bagit.txt', 'manifest-sha256.txt', 'manifest-sha512.txt'];
const BAGIT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
const DERIVATION = 2;

function manifestOf(bundle, names, hash) {
  return names.map((name) => `${toHex(hash(bundle.get(name)))}  ${name}\n`).join('');
}

/** The authorities that the lines of timestamps name, each once, in the order in which they first appear. */
function claimedAuthorities(stamps) {
  const found = new Map();
  for (const { line } of stamps) {
    const text = write(line.authority);
    if (!found.has(text)) found.set(text, { accuracy_microseconds: null, ...line.authority });
  }
  return [...found].sort(([one], [two]) => compareText(one, two)).map(([, authority]) => authority);
}

const CLAIM_FIELDS = [
  'algorithms',
  'at_least',
  'authorities',
  'checkpoints',
  'log_key',
  'origin',
  'policy',
  'registrar',
  'zones',
];

/** Whether the claims say what the entries and the timestamps give: by what they say, whatever their format. */
function claimsFault(bundle, register, stamps) {
  const bytes = bundle.get('data/claims.json');
  const claims = bytes.at(-1) === 10 ? parseCanonical(bytes.subarray(0, -1)) : undefined;
  const isTrust = isObject(claims) && ['inblue-trust/1', 'inblue-trust/2'].includes(claims.format);
  if (!isTrust || Object.keys(claims).some((field) => field !== 'format' && !CLAIM_FIELDS.includes(field))) return true;
  const given = {
    authorities: claimedAuthorities(stamps),
    log_key: register.logKeys.at(-1).text,
    origin: register.origin,
    registrar: [register.founder],
  };
  const said = { ...claims, authorities: (claims.authorities ?? []).map((each) => ({ accuracy_microseconds: null, ...each })) };
  const nothing = (value) => value === null || value === undefined || (Array.isArray(value) && value.length === 0);
  return CLAIM_FIELDS.some((field) =>
    nothing(given[field]) ? !nothing(said[field]) : write(said[field] ?? null) !== write(given[field]),
  );
}

function bagInfoOf(bundle, audit) {
  const { log } = bundle;
  const data = [...bundle.members].filter(([name]) => name.startsWith(`${FOLDER}data/`));
  const total = data.reduce((sum, [, body]) => sum + body.length, 0);
  const last = audit.items.find((item) => item.index === log.end - 1);
  return (
    `Bagging-Date: ${last.entry.recorded_at.slice(0, 10)}\nBundle-Format: ${log.format}\n` +
    `External-Identifier: ${audit.register.origin}, entries ${log.start} to ${log.end - 1}\nPayload-Oxum: ${total}.${data.length}\n`
  );
}

function checkRecord(bundle, state, verdicts, tell, notProved) {
  const bytes = bundle.get('data/record.json');
  const record = bytes.at(-1) === 10 ? parseCanonical(bytes.subarray(0, -1)) : undefined;
  const isFirst = bundle.log.format === 'inblue-bundle/1';
  const isRecord = isObject(record) && Array.isArray(record.votes) && (isFirst || /^inblue-record\//.test(record.format ?? ''));
  if (!isRecord) return tell('data/record.json is none');
  if (!isFirst && !Number.isSafeInteger(record.derivation)) return tell('data/record.json names no derivation');
  if (isFirst || record.derivation !== DERIVATION || record.format !== 'inblue-record/1') {
    notProved.push('the record was derived by other rules than this program knows: not compared');
    return undefined;
  }
  const fault = recordFault(record, state, verdicts, notProved);
  if (fault) tell(`data/record.json is not what the entries give: ${fault}`);
  return undefined;
}

export function checkDerived({ bundle, audit, state, verdicts, stamps, problems, notProved }) {
  const tell = (text) => problems.add(12, null, text);
  const same = (name, text) => {
    if (!equal(bundle.get(name), toUtf8(text))) tell(`${name} is not what the bundle gives`);
  };
  const data = [...bundle.members.keys()].map((name) => name.slice(FOLDER.length)).filter((name) => name.startsWith('data/'));
  same('manifest-sha256.txt', manifestOf(bundle, data, sha256));
  same('manifest-sha512.txt', manifestOf(bundle, data, sha512));
  same('tagmanifest-sha256.txt', manifestOf(bundle, TAGS, sha256));
  same('bagit.txt', BAGIT);
  same('bag-info.txt', bagInfoOf(bundle, audit));
  if (claimsFault(bundle, audit.register, stamps)) tell('data/claims.json is not what the entries give');
  const readme = bundle.get('README.txt');
  if (readme.length > LONGEST_README || fromUtf8(readme) === null)
    tell('README.txt is not UTF-8 of at most 1,000,000 bytes');
  if (bundle.log.format === 'inblue-bundle/1')
    notProved.push('README.txt of this older form is not compared: its words are in no specification that this program has');
  checkRecord(bundle, state, verdicts, tell, notProved);
}

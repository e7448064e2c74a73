// What a reader knows from elsewhere (trust.md): the trust file, and check 13.

import { fromBase64, fromUtf8, toHex } from './bytes.mjs';
import { isAuthority } from './documents.mjs';
import { isObject, parse } from './json.mjs';
import { tryCheckpoint } from './log.mjs';
import { logSignatureFault } from './note.mjs';
import { PolicyError, readPolicy } from './policy.mjs';
import { openAuthority } from './authority.mjs';
import * as is from './types.mjs';
import { isZone, readZone } from './zone.mjs';
import { Refused } from './zip.mjs';

const LONGEST = 2_000_000;
const LONGEST_ZONE = 65_536;
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,3}$/;
const ALGORITHMS = [
  'sha256',
  'sha384',
  'sha512',
  'sha3_256',
  'sha3_384',
  'sha3_512',
  'rsa',
  'p256',
  'p384',
  'p521',
  'brainpool256',
  'brainpool384',
  'brainpool512',
  'ed25519',
];
const isString = (value) => typeof value === 'string';
const isAlgorithm = is.shape(
  { algorithm: is.oneOf(...ALGORITHMS), bits: is.orNull(is.isInteger(1024, 16384)), until: is.orNull(is.isInstant) },
  ['bits', 'until'],
);
const isZoneName = (value) => value.length <= 64 && ZONE_NAME.test(value);
const FIELDS = {
  format: is.oneOf('inblue-trust/1', 'inblue-trust/2'),
  origin: (value) => is.isLine(value),
  log_key: (value) => is.isLine(value, 4000),
  registrar: is.listOf(is.isDigest),
  checkpoints: is.listOf(isString, 0, 1000),
  authorities: is.listOf(isAuthority, 0, 100),
  policy: (value) => isString(value),
  at_least: is.isInteger(1, 100),
  algorithms: is.listOf(isAlgorithm, 1, 100),
  zones: (value) => is.mapOf(isZoneName, isString)(value) && Object.keys(value).length <= 10,
};
// A field that is left out or null says nothing.
const isTrust = is.shape(
  Object.fromEntries(
    Object.entries(FIELDS).map(([name, type]) => [name, name === 'format' ? type : is.orNull((value) => type(value))]),
  ),
  Object.keys(FIELDS),
);
const LATER = ['at_least', 'algorithms', 'zones'];

const refuse = (why) => {
  throw new Refused(`the trust file: ${why}`);
};

function readJson(bytes) {
  if (bytes.length > LONGEST) refuse('longer than 2,000,000 bytes');
  const text = fromUtf8(bytes);
  if (text === null) refuse('not UTF-8');
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) refuse(error.message);
    throw error;
  }
}

function readZones(zones) {
  const found = new Map();
  for (const [name, text] of Object.entries(zones ?? {})) {
    const bytes = fromBase64(text);
    if (!bytes || bytes.length > LONGEST_ZONE || !isZone(bytes)) refuse(`the zone ${name} is not TZif in base64`);
    found.set(name, readZone(bytes));
  }
  return found;
}

/** The trust file that bytes are. Throws Refused. */
export function readTrust(bytes) {
  const value = readJson(bytes);
  if (!isObject(value) || !isTrust(value)) refuse('not the fields that it may have, each of its type');
  if (value.format === 'inblue-trust/1' && LATER.some((field) => field in value)) refuse('what its format does not have');
  const checkpoints = (value.checkpoints ?? []).map((text) => {
    const { checkpoint, fault } = tryCheckpoint(text);
    return checkpoint ?? refuse(`a checkpoint: ${fault}`);
  });
  let policy = null;
  try {
    policy = (value.policy ?? null) === null ? null : readPolicy(value.policy);
  } catch (error) {
    if (error instanceof PolicyError) refuse(`the policy: ${error.message}`);
    throw error;
  }
  const authorities = (value.authorities ?? []).map(
    (each) => openAuthority(each) ?? refuse(`the authority ${each.name} has no root`),
  );
  return {
    origin: value.origin ?? null,
    logKey: value.log_key ?? null,
    registrar: value.registrar ?? [],
    checkpoints,
    policy,
    authorities,
    atLeast: value.at_least ?? null,
    algorithms: value.algorithms ?? null,
    zones: readZones(value.zones),
  };
}

/** Check 13: what the reader knows, compared with this log. */
export function checkTrust(trust, register, shown, problems, notProved) {
  const tell = (text, entry = null) => problems.add(13, entry, text);
  if (trust.origin !== null && trust.origin !== register.origin) tell('the log has another origin than the trust file names');
  if (trust.registrar.length && !trust.registrar.includes(register.founder))
    tell('the founder is none of the keys that the trust file names');
  if (trust.logKey !== null) checkLogKey(trust.logKey, register, tell);
  for (const checkpoint of trust.checkpoints) checkKnown(checkpoint, register, shown, tell, notProved);
  const logs = trust.policy?.logs ?? [];
  if (logs.length && !logs.some((log) => register.vkeys.some((vkey) => vkey.text === log.text))) {
    tell('the policy names other logs');
  }
  // One key, one purpose: a witness is neither the log nor an officer of it.
  for (const vkey of trust.policy?.witnesses.values() ?? []) {
    const key = toHex(vkey.key);
    if (register.logPublic.has(key) || register.officers.has(key))
      tell(`the policy names a key of the log, or an enrolled one, as a witness: ${vkey.name}`);
  }
}

function checkLogKey(text, register, tell) {
  const position = register.logKeys.findIndex((each) => each.text === text);
  if (position < 0) return tell('the log never had the key that the trust file names');
  for (const succession of register.successions) {
    if (succession.position > position && !succession.isHandedOver) {
      tell('this entry gives the log another key, which the one of the trust file does not vouch for', succession.index);
    }
  }
  return undefined;
}

function checkKnown(checkpoint, register, shown, tell, notProved) {
  const size = shown.checkpoint?.size ?? shown.end;
  const key = register.logKeyAt(checkpoint.size);
  const fault = logSignatureFault(checkpoint, key?.vkey ?? null, register.vkeys);
  if (fault) return tell(`a checkpoint of the trust file: ${fault}`);
  if (checkpoint.size > size) return tell(`the log had ${checkpoint.size} entries already; this is a state of ${size}`);
  const isEarlier = checkpoint.size === 0 ? true : shown.isEarlier(checkpoint);
  if (isEarlier === null)
    notProved.push(`the trusted checkpoint of size ${checkpoint.size} cannot be compared with what is shown`);
  if (isEarlier === false) tell(`the first ${checkpoint.size} entries are not those of the trusted checkpoint`);
  return undefined;
}

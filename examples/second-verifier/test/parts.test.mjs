// Parts that read what others made: Ed25519 as it is named, DER, zones, and the tree.

import assert from 'node:assert/strict';
import test from 'node:test';
import { concat, fromHex, toBase64, toUtf8 } from '../src/bytes.mjs';
import * as der from '../src/der.mjs';
import { isStrong, verifyEd25519 } from '../src/ed25519.mjs';
import { ENTRY_TYPE, readEntry } from '../src/form.mjs';
import { parseCanonical } from '../src/json.mjs';
import { kinds } from '../src/kinds.mjs';
import { PolicyError, readPolicy } from '../src/policy.mjs';
import { hoursLater } from '../src/window.mjs';
import { readToken } from '../src/token.mjs';
import { isConsistent, KnownTree, leafHash, nodeHash, pathPlaces, rootByInclusion, splitOf } from '../src/tree.mjs';
import { instantOf, microsOf } from '../src/types.mjs';
import { isZone, offsetAt, readZone } from '../src/zone.mjs';
import { membersOf, numbers, vectorJson } from './bundles.mjs';

test('Ed25519 holds where the named variant does, and nowhere else', () => {
  for (const file of ['speccheck', 'small-r']) {
    for (const each of vectorJson(`ed25519/${file}.json`)) {
      const key = fromHex(each.public);
      assert.equal(verifyEd25519(key, fromHex(each.message), fromHex(each.signature)), each.holds, String(each.id));
      assert.equal(isStrong(key), each.enrolled, String(each.id));
    }
  }
});

test('the invalid signatures of Wycheproof do not hold, the valid ones do', () => {
  for (const group of vectorJson('published/wycheproof-ed25519.json').testGroups) {
    const key = fromHex(group.publicKey?.pk ?? group.key.pk);
    for (const each of group.tests) {
      if (each.result === 'acceptable') continue;
      assert.equal(verifyEd25519(key, fromHex(each.msg), fromHex(each.sig)), each.result === 'valid', String(each.tcId));
    }
  }
});

test('the tree gives the same root by leaves, by paths and by halves', () => {
  const leaves = Array.from({ length: 37 }, (_, at) => leafHash(Uint8Array.of(at)));
  const rootOf = (from, to) => {
    if (to - from === 1) return leaves[from];
    const middle = from + splitOf(to - from);
    return nodeHash(rootOf(from, middle), rootOf(middle, to));
  };
  const tree = new KnownTree();
  leaves.forEach((leaf, at) => tree.put(at, at + 1, leaf));
  for (let size = 1; size <= leaves.length; size++) {
    const root = rootOf(0, size);
    assert.deepEqual(tree.root(size), root);
    for (let at = 0; at < size; at++) {
      const path = pathPlaces(at, size).map(([from, to]) => rootOf(from, to));
      assert.deepEqual(rootByInclusion(at, size, leaves[at], path), root);
      assert.equal(rootByInclusion(at, size, leaves[at], [...path, root]), null);
    }
    assert.equal(isConsistent(size, root, size, root, []), true);
    assert.equal(isConsistent(size, root, size + 1, root, []), false);
  }
});

test('DER that is not a token is rejected, and quickly', () => {
  const next = numbers(4);
  const deep = new Uint8Array(200_000).fill(0x30);
  const endless = Uint8Array.from({ length: 200_000 }, (_, at) => (at % 2 ? 0x80 : 0x30));
  const long = concat(Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), new Uint8Array(100));
  for (const bytes of [deep, endless, long, new Uint8Array(), Uint8Array.of(0x30)]) assert.equal(readToken(bytes), null);
  for (let each = 0; each < 500; each++) {
    const bytes = Uint8Array.from({ length: next(80) }, () => next(256));
    assert.equal(readToken(bytes), null);
  }
  assert.throws(() => der.readDer(Uint8Array.of(2, 1, 0, 0)), der.DerError);
});

test('a token of which any byte is another does not read as another time', () => {
  const line = new TextDecoder().decode(membersOf('stamped').get('inblue-bundle/data/timestamps.jsonl')).split('\n')[0];
  const token = Uint8Array.from(atob(JSON.parse(line).token), (letter) => letter.charCodeAt(0));
  assert.ok(readToken(token));
  const next = numbers(5);
  for (let each = 0; each < 300; each++) {
    const copy = Uint8Array.from(token);
    copy[next(copy.length)] ^= 1 + next(255);
    readToken(copy.subarray(0, copy.length - (next(4) ? 0 : next(50))));
  }
});

test('bytes that are not a zone are rejected; those of a bundle give the hour', () => {
  const name = [...membersOf('good').keys()].find((each) => each.includes('d7f2206b'));
  const bytes = membersOf('good').get(name);
  const zone = readZone(bytes);
  assert.equal(offsetAt(zone, Date.parse('2026-03-08T06:59:59Z') / 1000), -5 * 3600);
  assert.equal(offsetAt(zone, Date.parse('2026-03-08T07:00:00Z') / 1000), -4 * 3600);
  assert.equal(offsetAt(zone, Date.parse('2080-12-01T00:00:00Z') / 1000), -5 * 3600);
  for (let cut = 0; cut < bytes.length; cut += 7) assert.equal(isZone(bytes.subarray(0, cut)), false);
  const rules = { weekend: new Set([0, 6]), holidays: new Set() };
  const friday = microsOf('2026-03-06T19:00:00Z');
  assert.equal(instantOf(hoursLater(friday, 24, 'elapsed', zone, rules)), '2026-03-07T19:00:00Z');
  assert.equal(instantOf(hoursLater(friday, 24, 'working_days', zone, rules)), '2026-03-09T18:00:00Z');
  assert.equal(instantOf(hoursLater(friday, 48, 'calendar', zone, rules)), '2026-03-08T18:00:00Z');
});

test('JSON that is not canonical is rejected', () => {
  const texts = [
    '{"a":1.0}',
    '{"a":-0}',
    '{"a":1e2}',
    '{"b":1,"a":1}',
    '{"a":1,"a":1}',
    '{"a": 1}',
    '"\\u0041"',
    '"\\ud800"',
    '9007199254740992',
    '[1,]',
    '',
    '{"é":1}',
  ];
  for (const text of texts) assert.equal(parseCanonical(toUtf8(text)), undefined, text);
  assert.equal(parseCanonical(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), undefined);
  assert.deepEqual(
    { ...parseCanonical(toUtf8('{"__proto__":1,"a":[null,"\\u0001"]}')) },
    { ['__proto__']: 1, a: [null, '\u0001'] },
  );
});

test('a word of a choice is that word, also where a type has its name', () => {
  const correction = (field, was, now) => ({
    act: 'draft_corrected',
    corrected_at: null,
    field,
    now,
    reason: 'x',
    source: null,
    was,
  });
  const { isWellFormed } = kinds.get('draft-corrected@1');
  assert.equal(isWellFormed(correction('texts', {}, { en: '0'.repeat(64) })), true);
  assert.equal(isWellFormed(correction('sponsors', [], ['CHN'])), true);
  assert.equal(isWellFormed(correction({}, null, 'x')), false);
  assert.equal(isWellFormed(correction('symbol', null, 'x')), false);
  assert.equal(kinds.get('letter-sent@1').isWellFormed({}), false);
});

test('no name that every object has passes for a field or a word', () => {
  for (const format of ['__proto__', 'constructor', 'toString']) {
    const payload = toUtf8(JSON.stringify({ format }));
    const line = `{"payload":"${toBase64(payload)}","payloadType":"${ENTRY_TYPE}","signatures":[{"keyid":"${'0'.repeat(64)}","sig":"${toBase64(new Uint8Array(64))}"}]}`;
    assert.match(readEntry(toUtf8(line)).fault, /payload/);
    assert.throws(() => readPolicy(`group g ${format} a\nquorum none\n`), PolicyError);
    assert.throws(() => readPolicy(`witness ${format}\nquorum ${format}\n`), PolicyError);
  }
});

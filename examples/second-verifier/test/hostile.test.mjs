// What nobody honest hands over: it is refused or fails, without an error and without taking long.

import assert from 'node:assert/strict';
import test from 'node:test';
import { fromBase64, fromUtf8, toBase64, toUtf8 } from '../src/bytes.mjs';
import { parse, write } from '../src/json.mjs';
import { verifyBundle } from '../src/verify.mjs';
import { changed, membersOf, numbers, vector, zipOf } from './bundles.mjs';

const good = () => vector('bundles/good.zip');
const LOG = 'data/log.json';
const inTime = (limit, run) => {
  const begun = performance.now();
  const out = run();
  assert.ok(performance.now() - begun < limit, `took longer than ${limit} ms`);
  return out;
};
const statusOf = (bytes, given) => verifyBundle(bytes, given).status;
const refusedBy = (bytes, given) => {
  const report = verifyBundle(bytes, given);
  assert.equal(report.status, 'refused', JSON.stringify(report.checks));
  // A fault of the program is told as a refusal too; here it would hide one.
  assert.doesNotMatch(report.why, /this program could not read it/);
};

test('the zip that the tests make is canonical', () => {
  assert.equal(statusOf(zipOf(membersOf('good'))), 'holds');
});

test('a zip that is cut off anywhere is refused', () => {
  const bytes = good();
  for (let step = 0; step < 60; step++) refusedBy(bytes.subarray(0, Math.floor((bytes.length * step) / 60)));
});

test('a zip that counts other members than it has is refused', () => {
  for (const count of [0, 1, 17, 19, 65_535]) refusedBy(zipOf(membersOf('good'), count));
});

test('any byte of a zip that is another is refused or found', () => {
  const next = numbers(1);
  for (let each = 0; each < 40; each++) {
    const bytes = good();
    bytes[next(bytes.length)] ^= 1 + next(255);
    refusedBy(bytes);
  }
});

test('a byte of the log that is another, under checksums that fit, does not hold', () => {
  const next = numbers(2);
  for (const member of ['data/entries.jsonl', 'data/register.jsonl', 'data/checkpoint.txt', 'data/claims.json', LOG]) {
    for (let each = 0; each < 6; each++) {
      const bundle = changed('good', member, (body) => {
        const copy = Uint8Array.from(body);
        copy[next(copy.length)] ^= 1 + next(255);
        return copy;
      });
      const report = verifyBundle(bundle);
      assert.notEqual(report.status, 'holds', member);
      assert.doesNotMatch(report.why ?? '', /this program could not read it/);
    }
  }
});

test('JSON that is nested too deep is refused at once', () => {
  for (const text of ['['.repeat(500_000), `${'['.repeat(500_000)}${']'.repeat(500_000)}\n`, '{"a":'.repeat(300_000)]) {
    inTime(2000, () => refusedBy(changed('good', LOG, () => text)));
    inTime(2000, () => refusedBy(good(), { trust: toUtf8(text) }));
    inTime(2000, () => refusedBy(good(), { against: [toUtf8(text)] }));
  }
});

test('a string as long as a file may be is read once', () => {
  const long = 'x'.repeat(8_000_000);
  assert.equal(
    inTime(10_000, () => verifyBundle(changed('good', 'data/record.json', () => `{"a":"${long}"}\n`)).checks.join()),
    '12',
  );
  const escaped = '\\n'.repeat(900_000);
  inTime(2000, () => refusedBy(good(), { trust: toUtf8(`{"origin":"${escaped}"}`) }));
});

test('counts at the edge of what a number may be take no time', () => {
  const edge = Number.MAX_SAFE_INTEGER;
  const withLog = (change) => changed('good', LOG, (body) => `${write({ ...parse(fromUtf8(body)), ...change })}\n`);
  for (const change of [
    { end: edge },
    { start: edge - 1, end: edge, before: Array(52).fill(toBase64(new Uint8Array(32))) },
    { end: edge + 1 },
  ]) {
    assert.notEqual(
      inTime(2000, () => statusOf(withLog(change))),
      'holds',
    );
  }
  const far = withLog({
    recalled: [
      { index: 0, path: [] },
      { index: edge, path: [] },
    ],
  });
  assert.equal(
    inTime(2000, () => statusOf(far)),
    'fails',
  );
});

test('a checkpoint of any size and shape does not crash', () => {
  const root = toBase64(new Uint8Array(32));
  for (const size of ['9007199254740991', '9223372036854775807', '9223372036854775808', '-1', '1e3', '']) {
    const note = `example.org/small\n${size}\n${root}\n\n— example.org/small ${toBase64(new Uint8Array(68))}\n`;
    assert.equal(
      inTime(2000, () => statusOf(changed('good', 'data/checkpoint.txt', () => note))),
      'fails',
    );
  }
  for (const note of ['', '\n\n', '\n'.repeat(900_000), `${'\n\n— a b\n'.repeat(100_000)}`]) {
    assert.equal(
      inTime(3000, () => statusOf(changed('good', 'data/checkpoint.txt', () => note))),
      'fails',
    );
  }
});

test('a value of another type in any field of an entry is check 2', () => {
  const others = [null, true, -1, 2 ** 53, '', 'x\u0000', [], {}, [[]], { toString: 1 }];
  const lines = fromUtf8(membersOf('stamped').get('inblue-bundle/data/entries.jsonl')).split('\n').slice(0, -1);
  const payloads = lines.map((line) => parse(fromUtf8(fromBase64(parse(line).payload))));
  const next = numbers(3);
  for (let each = 0; each < 60; each++) {
    const at = next(lines.length);
    const payload = structuredClone(JSON.parse(write(payloads[at])));
    let holder = payload;
    let keys = Object.keys(holder);
    let key = keys[next(keys.length)];
    while (holder[key] !== null && typeof holder[key] === 'object' && Object.keys(holder[key]).length && next(2)) {
      holder = holder[key];
      keys = Object.keys(holder);
      key = keys[next(keys.length)];
    }
    holder[key] = others[next(others.length)];
    const bundle = changed('stamped', 'data/entries.jsonl', () => {
      const line = { ...parse(lines[at]), payload: toBase64(toUtf8(JSON.stringify(payload))) };
      return `${lines.map((each, place) => (place === at ? write(line) : each)).join('\n')}\n`;
    });
    const report = verifyBundle(bundle);
    assert.equal(report.status, 'fails', report.why);
  }
});

test('trust files and receipts of other types are refused', () => {
  const values = [
    '',
    'null',
    '[]',
    '1',
    '"x"',
    '{"format":"inblue-trust/2","registrar":{}}',
    '{"format":["inblue-trust/2"]}',
    '\ufeff{}',
    '{"format":"inblue-trust/2","format":"inblue-trust/2"}',
  ];
  for (const text of values) refusedBy(good(), { trust: toUtf8(text) });
  for (const text of [...values, '{"format":"__proto__"}', '{"format":"inblue-receipt/2"}', '{"envelope":"x"}'])
    refusedBy(good(), { against: [toUtf8(text)] });
});

test('a policy of a thousand groups is read in one pass', () => {
  const lines = ['quorum none', ...Array.from({ length: 2000 }, (_, at) => `group g${at} any g${at - 1}`)];
  inTime(2000, () =>
    refusedBy(good(), { trust: toUtf8(JSON.stringify({ format: 'inblue-trust/2', policy: lines.join('\n') })) }),
  );
});

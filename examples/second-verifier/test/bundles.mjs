// Bundles for the tests: the members of a vector, and a canonical zip of members.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, readZip } from '../src/zip.mjs';
import { concat, fromUtf8, toUtf8 } from '../src/bytes.mjs';

export const FOLDER = 'inblue-bundle/';
const here = (name) => fileURLToPath(new URL(`../../../tests/vectors/${name}`, import.meta.url));

export const vector = (name) => new Uint8Array(readFileSync(here(name)));
export const vectorJson = (name) => JSON.parse(fromUtf8(vector(name)));
export const membersOf = (name) => new Map(readZip(vector(`bundles/${name}.zip`)));

function record(size, fill) {
  const view = new DataView(new ArrayBuffer(size));
  fill(
    (at, value) => view.setUint16(at, value, true),
    (at, value) => view.setUint32(at, value, true),
  );
  return new Uint8Array(view.buffer);
}

/** A canonical zip of the members; `count` may claim another number of them. */
export function zipOf(members, count = members.size) {
  const bodies = [];
  const rows = [];
  let offset = 0;
  for (const name of [...members.keys()].sort()) {
    const body = members.get(name);
    const spelled = toUtf8(name);
    const crc = crc32(body);
    const local = record(30, (u16, u32) => {
      u32(0, 0x04034b50);
      u16(4, 20);
      u16(12, 0x21);
      u32(14, crc);
      u32(18, body.length);
      u32(22, body.length);
      u16(26, spelled.length);
    });
    const central = record(46, (u16, u32) => {
      u32(0, 0x02014b50);
      u16(4, 0x0314);
      u16(6, 20);
      u16(14, 0x21);
      u32(16, crc);
      u32(20, body.length);
      u32(24, body.length);
      u16(28, spelled.length);
      u32(38, 0o100644 * 65536);
      u32(42, offset);
    });
    bodies.push(local, spelled, body);
    rows.push(central, spelled);
    offset += 30 + spelled.length + body.length;
  }
  const directory = concat(...rows);
  const end = record(22, (u16, u32) => {
    u32(0, 0x06054b50);
    u16(8, count);
    u16(10, count);
    u32(12, directory.length);
    u32(16, offset);
  });
  return concat(...bodies, directory, end);
}

/** A bundle like a vector, with one member rewritten from its bytes. */
export function changed(name, member, change) {
  const members = membersOf(name);
  const body = change(members.get(FOLDER + member));
  members.set(FOLDER + member, typeof body === 'string' ? toUtf8(body) : body);
  return zipOf(members);
}

/** Numbers that look random and are the same in each run. */
export function numbers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

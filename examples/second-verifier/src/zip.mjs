// The one form of zip that a bundle has (BUN-1 to BUN-3, BUN-7). Anything else is refused, so that two readers cannot
// see two bundles in one file.

import { fromUtf8 } from './bytes.mjs';

export class Refused extends Error {}

const MOST_MEMBERS = 50_000;
const LARGEST = 2 ** 32 - 2;
const LARGEST_FILE = 64 * 2 ** 20;
const END = 22;
const CENTRAL = 46;
const LOCAL = 30;
const VERSION = 20;
const MADE_BY = (3 << 8) | VERSION;
const DATE = 0x21;
const MODE = 0o100644 * 2 ** 16;
const PART = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

export function crc32(bytes) {
  let crc = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

const demand = (holds, why) => {
  if (!holds) throw new Refused(why);
};

function endRecord(bytes, view) {
  demand(bytes.length >= END, 'no zip: it is too short');
  demand(bytes.length <= LARGEST, 'a bundle of 4 GiB or more');
  const at = bytes.length - END;
  demand(view.getUint32(at, true) === 0x06054b50, 'no zip, or something behind its end');
  demand(view.getUint32(at + 4, true) === 0, 'a zip of several disks');
  const count = view.getUint16(at + 8, true);
  demand(count === view.getUint16(at + 10, true), 'the end of the zip counts its members twice otherwise');
  demand(view.getUint16(at + 20, true) === 0, 'a comment on the zip');
  const size = view.getUint32(at + 12, true);
  const start = view.getUint32(at + 16, true);
  demand(start + size === at, 'the directory of the zip does not end where the end begins');
  demand(count > 0 && count <= MOST_MEMBERS, 'no member, or more than 50,000');
  return { at, count, start };
}

function nameOf(bytes) {
  const name = fromUtf8(bytes);
  demand(name !== null && name.length <= 200, 'a name of a member that is none');
  const parts = name.split('/');
  demand(parts.length <= 6 && parts.every((part) => PART.test(part)), 'a name of a member that is none');
  return name;
}

/** One row of the directory. Every field but the name, checksum, size and offset has one value. */
function centralAt(bytes, view, at, end) {
  demand(at + CENTRAL <= end && view.getUint32(at, true) === 0x02014b50, 'the directory of the zip is broken');
  const length = view.getUint16(at + 28, true);
  demand(at + CENTRAL + length <= end, 'the directory of the zip is broken');
  const size = view.getUint32(at + 20, true);
  const plain =
    view.getUint16(at + 4, true) === MADE_BY &&
    view.getUint16(at + 6, true) === VERSION &&
    view.getUint16(at + 8, true) === 0 &&
    view.getUint16(at + 10, true) === 0 &&
    view.getUint16(at + 12, true) === 0 &&
    view.getUint16(at + 14, true) === DATE &&
    view.getUint32(at + 24, true) === size &&
    view.getUint16(at + 30, true) === 0 &&
    view.getUint16(at + 32, true) === 0 &&
    view.getUint16(at + 34, true) === 0 &&
    view.getUint16(at + 36, true) === 0 &&
    view.getUint32(at + 38, true) === MODE;
  demand(plain, 'a member that is not in the one form: flags, method, date, mode, extra field or comment');
  demand(size <= LARGEST_FILE, 'a member larger than 64 MiB');
  return {
    name: nameOf(bytes.subarray(at + CENTRAL, at + CENTRAL + length)),
    crc: view.getUint32(at + 16, true),
    size,
    offset: view.getUint32(at + 42, true),
    next: at + CENTRAL + length,
  };
}

function localAt(bytes, view, at, row, limit) {
  const length = row.name.length;
  const body = at + LOCAL + length;
  demand(body + row.size <= limit, 'a member reaches beyond its place');
  const plain =
    view.getUint32(at, true) === 0x04034b50 &&
    view.getUint16(at + 4, true) === VERSION &&
    view.getUint16(at + 6, true) === 0 &&
    view.getUint16(at + 8, true) === 0 &&
    view.getUint16(at + 10, true) === 0 &&
    view.getUint16(at + 12, true) === DATE &&
    view.getUint32(at + 14, true) === row.crc &&
    view.getUint32(at + 18, true) === row.size &&
    view.getUint32(at + 22, true) === row.size &&
    view.getUint16(at + 26, true) === length &&
    view.getUint16(at + 28, true) === 0;
  demand(plain, 'the header of a member differs from the directory');
  demand(fromUtf8(bytes.subarray(at + LOCAL, body)) === row.name, 'the header of a member has another name');
  return bytes.subarray(body, body + row.size);
}

/** The members of a zip by name. Throws Refused. */
export function readZip(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  demand(bytes.length > 0, 'an empty file');
  const end = endRecord(bytes, view);
  const members = new Map();
  let row = { next: end.start };
  let expected = 0;
  let last = '';
  for (let count = 0; count < end.count; count++) {
    row = centralAt(bytes, view, row.next, end.at);
    demand(row.offset === expected, 'members do not follow one another');
    demand(members.size === 0 || row.name > last, 'members are not in the order of their names, or one is there twice');
    const body = localAt(bytes, view, row.offset, row, end.start);
    demand(crc32(body) === row.crc, `the checksum of ${row.name} is not that of its bytes`);
    members.set(row.name, body);
    last = row.name;
    expected = row.offset + LOCAL + row.name.length + row.size;
  }
  demand(row.next === end.at, 'more in the directory than it counts');
  demand(expected === end.start, 'bytes between the last member and the directory');
  return members;
}

#!/usr/bin/env node
// The check of the HTML page (check.js), as a client of the conformance kit: checks 1 to 7 and 18, and parts of 10, 11.
//
//   node by_page.mjs verify BUNDLE [--trust FILE] [--against RECEIPT]...
//   node by_page.mjs batch      the same for each line of the standard input, a JSON list of words, in one process
//
// What the page takes out of a bundle is taken out here: the members are read, the canonical zip is written again
// (docs/bundle.md, "The zip"), and the two are compared.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const NOT_CHECKED = [8, 9, 10, 11, 12, 13, 14, 15, 16, 17];
const FOLDER = "inblue-bundle/", FILES = `${FOLDER}data/files/`;
const ALWAYS = ["README.txt", "bag-info.txt", "bagit.txt", "data/checkpoint.txt", "data/claims.json", "data/cosigned.jsonl",
  "data/entries.jsonl", "data/log.json", "data/record.json", "data/register.jsonl", "data/timestamps.jsonl",
  "manifest-sha256.txt", "manifest-sha512.txt", "tagmanifest-sha256.txt"];
const CARRIED = { entries: "entries.jsonl", register: "register.jsonl", log: "log.json", checkpoint: "checkpoint.txt" };
const REFUSED = 2;

const CRC = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

const checksum = (content) => ~content.reduce((crc, byte) => (crc >>> 8) ^ CRC[(crc ^ byte) & 255], -1) >>> 0;

// A record of a zip: its numbers, each with its width in bytes, and what follows.
function packed(numbers, ...rest) {
  const fixed = Buffer.alloc(numbers.reduce((sum, [, width]) => sum + width, 0));
  numbers.reduce((at, [value, width]) => fixed.writeUIntLE(value, at, width), 0);
  return Buffer.concat([fixed, ...rest]);
}

// The zip's one form.
function written(members) {
  const locals = [], central = [];
  let at = 0;
  for (const [name, content] of members) {
    const raw = Buffer.from(name, "latin1"), size = content.length;
    const common = [[20, 2], [0, 2], [0, 2], [0, 2], [0x21, 2], [checksum(content), 4], [size, 4], [size, 4],
      [raw.length, 2], [0, 2]];
    const local = packed([[0x04034b50, 4], ...common], raw, content);
    const outside = [[0, 2], [0, 2], [0, 2], [0o100644 * 65536, 4], [at, 4]];
    central.push(packed([[0x02014b50, 4], [0x0314, 2], ...common, ...outside], raw));
    locals.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central), count = [[central.length, 2], [central.length, 2]];
  const end = [[0x06054b50, 4], [0, 2], [0, 2], ...count, [directory.length, 4], [at, 4], [0, 2]];
  return Buffer.concat([...locals, directory, packed(end)]);
}

const NAME = /^(?!.{201})[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,5}$/;

// The members of a zip of the one form; anything else is an error.
function members(zip) {
  const end = zip.length - 22, found = new Map();
  if (end < 0 || zip.readUInt32LE(end) !== 0x06054b50) throw new Error("no end record");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== 0x02014b50 || zip.readUInt16LE(at + 10) !== 0) throw new Error("not stored");
    const size = zip.readUInt32LE(at + 20), long = zip.readUInt16LE(at + 28), local = zip.readUInt32LE(at + 42);
    const name = zip.toString("latin1", at + 46, at + 46 + long);
    const begins = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    if (found.has(name) || begins + size > zip.length) throw new Error("twice, or cut off");
    found.set(name, zip.subarray(begins, begins + size));
    at += 46 + long + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  const names = [...found.keys()];
  const fine = names.every((name, place) => NAME.test(name) && (place === 0 || names[place - 1] < name));
  if (!fine || !written(found).equals(zip)) throw new Error("not the zip's one form");
  return found;
}

const script = readFileSync(new URL("../../cli/documents/templates/check.js", import.meta.url), "utf8");
const { check } = vm.runInThisContext(`${script}\ninblue;`);

async function verify(path) {
  const there = members(readFileSync(path)), carried = { documents: {} };
  for (const name of ALWAYS) if (!there.has(FOLDER + name)) throw new Error(`${name} is missing`);
  for (const [name, member] of Object.entries(CARRIED)) {
    const content = there.get(`${FOLDER}data/${member}`);
    if (content === undefined) throw new Error(`${member} is missing`);
    carried[name] = content.toString("latin1");
  }
  for (const [name, content] of there) {
    if (name.startsWith(FILES)) carried.documents[name.slice(FILES.length)] = content.toString("latin1");
  }
  return check(carried);
}

async function answer([command, bundle]) {
  const said = { status: "refused", checks: [], not_checked: NOT_CHECKED };
  if (command !== "verify" || bundle === undefined) return [REFUSED, { ...said, why: "usage: verify BUNDLE" }];
  try {
    const { problems, unchecked } = await verify(bundle);
    if (unchecked.includes("webcrypto")) throw new Error("this program has no WebCrypto");
    const checks = [...new Set(problems.map((problem) => problem.check))].sort((a, b) => a - b);
    const status = checks.length ? "fails" : "holds", partly = unchecked.length ? { partly: unchecked } : {};
    const named = problems.map(({ check: number, entry, name, values }) => ({ check: number, entry, name, values }));
    // Check 19 in part: the messages themselves are not among what a page carries.
    const not_checked = unchecked.includes("part") ? [...NOT_CHECKED, 19].sort((a, b) => a - b) : NOT_CHECKED;
    return [checks.length ? 1 : 0, { ...said, not_checked, status, checks, ...partly, problems: named }];
  } catch (error) {
    return [REFUSED, { ...said, why: error.message }];
  }
}

const words = process.argv.slice(2);
if (words[0] === "batch") {
  const answers = new Map(); // by the bundle alone: a trust file and a receipt change no answer of the page
  for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    const [command, bundle] = JSON.parse(line), call = JSON.stringify([command, bundle]);
    if (!answers.has(call)) answers.set(call, await answer([command, bundle]));
    const [exit, said] = answers.get(call);
    process.stdout.write(`${JSON.stringify({ exit, ...said })}\n`);
  }
} else {
  const [exit, said] = await answer(words);
  process.stdout.write(`${JSON.stringify(said)}\n`);
  process.exitCode = exit;
}

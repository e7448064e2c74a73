// The command: the conformance protocol (verify, batch) around the core, which reads no file itself.

import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { verifyPublished } from './src/published.mjs';
import { IN_PART, verifyBundle } from './src/verify.mjs';

const STATUS = { holds: 0, fails: 1, refused: 2 };
const not_checked = Object.keys(IN_PART).map(Number);
const wrong = (why) => ({ status: 'refused', checks: [], not_checked, why });

class WrongCall extends Error {}

function wordsOf(words) {
  const given = { path: null, trust: null, against: [], state: null };
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    const option = { '--trust': 'trust', '--against': 'against', '--state': 'state' }[word];
    if (!option) {
      if (word.startsWith('--') || given.path !== null) throw new WrongCall(`not understood: ${word}`);
      given.path = word;
      continue;
    }
    const value = words[++at];
    if (value === undefined) throw new WrongCall(`${word} without a file`);
    if (option === 'against') given.against.push(value);
    else given[option] = value;
  }
  if (given.path === null) throw new WrongCall('no bundle');
  return given;
}

/** A reader of a folder, for a published log: at most `most` bytes of a file, null if the file is missing. */
const readerOf = (folder) => (name, most) => {
  let file;
  try {
    file = openSync(join(folder, name), 'r');
    const bytes = new Uint8Array(Math.min(statSync(join(folder, name)).size, most));
    return bytes.subarray(0, readSync(file, bytes));
  } catch {
    return null;
  } finally {
    if (file !== undefined) closeSync(file);
  }
};

function readIfThere(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function audit(given, known) {
  const { report, remember } = verifyPublished(readerOf(given.path), known, given.state ? readIfThere(given.state) : null);
  if (remember && given.state) writeFileSync(given.state, remember);
  return report;
}

function answer([command, ...words]) {
  try {
    if (command !== 'verify') throw new WrongCall('verify BUNDLE [--trust FILE] [--against RECEIPT]...');
    const given = wordsOf(words);
    const known = {
      trust: given.trust ? readFileSync(given.trust) : null,
      against: given.against.map((file) => readFileSync(file)),
    };
    return statSync(given.path).isDirectory() ? audit(given, known) : verifyBundle(readFileSync(given.path), known);
  } catch (error) {
    if (error instanceof WrongCall || error.code) return wrong(error.message);
    throw error;
  }
}

const plain = (key, value) => (typeof value === 'bigint' ? Number(value) : value);
const say = (report, more = {}) => process.stdout.write(`${JSON.stringify({ ...report, ...more }, plain)}\n`);

/** The words of a call in a line; null where the line is not a list of words, which makes it a wrong call. */
function callOf(line) {
  try {
    const words = JSON.parse(line);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : [];
  } catch {
    return [];
  }
}

async function batch() {
  for await (const line of createInterface({ input: process.stdin })) {
    const report = answer(callOf(line));
    say(report, { exit: STATUS[report.status] });
  }
}

const words = process.argv.slice(2);
if (words[0] === 'batch' && words.length === 1) {
  await batch();
} else {
  const report = answer(words);
  say(report);
  process.exitCode = STATUS[report.status];
}

// JSON as the specification takes it: RFC 8785 in a narrow profile for what is signed (ENT-1 to ENT-5), and the same
// values with any spacing for what a reader hands in (trust files and receipts).

import { equal, fromUtf8, toUtf8 } from './bytes.mjs';

const DEEPEST = 32;
const NUMBER = /-?(0|[1-9][0-9]*)/y;
const BACKSLASH = 0x5c;
const BLANKS = /[ \t\r\n]*/y;
const ASCII_KEY = /^[\x20-\x7e]*$/;

class Reader {
  constructor(text, loose) {
    this.text = text;
    this.at = 0;
    this.loose = loose;
  }

  fail(why) {
    throw new SyntaxError(`${why} at ${this.at}`);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return null;
    this.at = pattern.lastIndex;
    return found[0];
  }

  blanks() {
    if (this.loose) this.match(BLANKS);
  }

  take(letter) {
    if (this.text[this.at] !== letter) this.fail(`no ${letter}`);
    this.at++;
  }

  value(depth) {
    this.blanks();
    const letter = this.text[this.at];
    let out;
    if (letter === '{') out = this.object(depth + 1);
    else if (letter === '[') out = this.list(depth + 1);
    else if (letter === '"') out = this.string();
    else if (letter === 't') out = this.word('true', true);
    else if (letter === 'f') out = this.word('false', false);
    else if (letter === 'n') out = this.word('null', null);
    else out = this.number();
    this.blanks();
    return out;
  }

  word(word, value) {
    if (!this.text.startsWith(word, this.at)) this.fail('no value');
    this.at += word.length;
    return value;
  }

  number() {
    const found = this.match(NUMBER);
    if (found === null) this.fail('no value');
    if (/[.eE]/.test(this.text[this.at] ?? '')) this.fail('a fraction or an exponent');
    const value = Number(found);
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.fail('a number out of bounds');
    return value;
  }

  string() {
    // By hand: a pattern would hold a place for each letter of a string that is as long as a file may be.
    const { text } = this;
    const begin = this.at;
    if (text[begin] !== '"') this.fail('no string');
    let at = begin + 1;
    let isPlain = true;
    for (; text[at] !== '"'; at++) {
      const unit = text.charCodeAt(at);
      if (!(unit >= 0x20)) this.fail('a string that is not ended, or has a control character');
      if (unit !== BACKSLASH) continue;
      isPlain = false;
      at++;
    }
    this.at = at + 1;
    const found = isPlain ? text.slice(begin + 1, at) : JSON.parse(text.slice(begin, at + 1));
    if (!wellFormed(found)) this.fail('half a surrogate');
    return found;
  }

  object(depth) {
    if (depth > DEEPEST) this.fail('nested too deep');
    // Without a prototype no key is special: __proto__ is a key like others.
    const out = Object.create(null);
    this.take('{');
    this.blanks();
    if (this.text[this.at] === '}') return (this.at++, out);
    for (;;) {
      this.blanks();
      const key = this.string();
      if (!this.loose && !ASCII_KEY.test(key)) this.fail('a key that is not ASCII');
      if (key in out) this.fail('a key is there twice');
      this.blanks();
      this.take(':');
      out[key] = this.value(depth);
      if (this.text[this.at] === '}') return (this.at++, out);
      this.take(',');
    }
  }

  list(depth) {
    if (depth > DEEPEST) this.fail('nested too deep');
    const out = [];
    this.take('[');
    this.blanks();
    if (this.text[this.at] === ']') return (this.at++, out);
    for (;;) {
      out.push(this.value(depth));
      if (this.text[this.at] === ']') return (this.at++, out);
      this.take(',');
    }
  }
}

function wellFormed(text) {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(at + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
    at++;
  }
  return true;
}

/** The value that a text of JSON says. Throws SyntaxError. */
export function parse(text, loose = true) {
  const reader = new Reader(text, loose);
  const value = reader.value(0);
  if (reader.at !== text.length) reader.fail('more behind the value');
  return value;
}

/** The RFC 8785 form of a value that was read here. */
export function write(value) {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${write(value[key])}`).join(',')}}`;
}

/** The value of bytes that are the RFC 8785 form of it, or null with the reason in `said.why`. */
export function parseCanonical(bytes, said = {}) {
  const text = fromUtf8(bytes);
  if (text === null) return ((said.why = 'not UTF-8'), undefined);
  try {
    const value = parse(text, false);
    if (!equal(toUtf8(write(value)), bytes)) return ((said.why = 'not in its canonical form (RFC 8785)'), undefined);
    return value;
  } catch (error) {
    said.why = error instanceof SyntaxError ? error.message : 'not JSON';
    return undefined;
  }
}

export const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

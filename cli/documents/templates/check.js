// Checks in the reader's browser what the page carries: entries, hashes, proofs and signatures.
//
// Written from docs/verifying.md and docs/bundle.md, and sharing no code with the program that made the page. Problems
// have the numbers of `inblue verify` and come in the same order. SHA-256 and Ed25519 are the browser's own (WebCrypto).
// A browser that lacks one of them has not checked; that is never called broken.
"use strict";

const inblue = (() => {
  const subtle = globalThis.crypto && globalThis.crypto.subtle;
  const FOUNDED = 1, FORM = 2, SIGNATURE = 3, PLACE = 4, LOG = 5, SEEN = 6, AUTHORITY = 7, CONTAINER = 11, REGISTER = 18;
  const ENTRY = "application/vnd.inblue.entry+json", BALLOT = "application/vnd.inblue.ballot+json";
  const MOST_PROBLEMS = 100, MAX_ENTRY = 65535, MAX_DEPTH = 32;
  const OF_REGISTER = ["ledger-founded", "key-enrolled", "key-revoked", "log-key-announced", "log-key-succeeded",
    "procedure-adopted", "roster-adopted", "presidency-assigned", "authority-adopted", "authority-retired",
    "register-stated"];
  const OF_VOTE = ["draft-circulated", "draft-withdrawn", "letter-sent", "vote-cast", "reply-rejected",
    "receipt-acknowledged", "explanation-filed", "co-sponsorship-announced", "window-changed", "voting-closed",
    "tally-circulated", "result-announced", "clerical-error-corrected", "draft-corrected", "entry-voided",
    "vote-annulled"];
  // Fields that a later version of a kind brought: that version, and the value that says no more than their absence.
  const SINCE = {
    "draft-circulated": {
      round: [2, 1], after: [2, null], replies: [3, null], original: [3, null], provisional: [3, null],
    },
    "letter-sent": {
      counting: [2, null], signatory: [3, null], signatory_latin: [3, null], offices: [3, []], rank: [3, null],
      rank_in_english: [3, null], signed: [3, null], addressees: [3, []], language: [3, null],
      translation: [3, null], agenda_item: [3, null], distribution: [3, null], remarks: [3, []],
    },
    "vote-cast": {
      says: [2, null], by: [2, null], sent_at: [2, null], replaces: [2, null], "instrument.rank_in_english": [2, null],
      "instrument.translation": [2, null],
    },
    "explanation-filed": {
      speaker: [2, null], speaker_latin: [2, null], form_of_address: [2, null], office: [2, null],
      translation: [2, null],
    },
    "result-announced": { by: [2, null], corrects: [3, null] },
    "presidency-assigned": { reason: [2, null] },
  };

  // What a problem is called; the page says it in the reader's language.
  class Fault extends Error {
    constructor(name, values = {}) {
      super(name);
      this.values = values;
    }
  }

  // ---- bytes: members are strings of one character per byte

  const bytes = (binary) => Uint8Array.from(binary, (char) => char.charCodeAt(0));
  const binary = (array) => Array.from(array, (byte) => String.fromCharCode(byte)).join("");
  const joined = (...parts) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
    return whole;
  };
  const hex = (array) => Array.from(array, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
  const equal = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  const utf8 = (text) => new TextEncoder().encode(text);
  const text = (array) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(array);
  const encode64 = (array) => btoa(binary(array));

  function decode64(encoded) {
    let raw = null;
    try {
      raw = atob(encoded);
    } catch {
      throw new Fault("base64");
    }
    if (btoa(raw) !== encoded) throw new Fault("base64");
    return bytes(raw);
  }

  function hash64(encoded) {
    const raw = decode64(encoded);
    if (raw.length !== 32) throw new Fault("hashes");
    return raw;
  }

  const sha256 = async (array) => new Uint8Array(await subtle.digest("SHA-256", array));
  const leafHash = (entry) => sha256(joined([0], entry));
  const nodeHash = (left, right) => sha256(joined([1], left, right));

  // ---- Ed25519; null means that this browser cannot say

  const SPKI = unhex("302a300506032b6570032100");
  const keyId = async (publicKey) => hex(await sha256(joined(SPKI, publicKey)));
  let ed25519 = null;

  // RFC 8032, section 7.1, test 1.
  async function knowsEd25519() {
    const key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    const signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b" +
      "d25bf5f0595bbe24655141438e7a100b";
    try {
      const imported = await subtle.importKey("raw", unhex(key), { name: "Ed25519" }, false, ["verify"]);
      return await subtle.verify({ name: "Ed25519" }, imported, unhex(signature), new Uint8Array(0));
    } catch {
      return false;
    }
  }

  async function holds(publicKey, signature, message) {
    if (ed25519 === null) ed25519 = await knowsEd25519();
    if (!ed25519) return null;
    try {
      const key = await subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
      return await subtle.verify({ name: "Ed25519" }, key, signature, message);
    } catch {
      return false; // no point of the curve
    }
  }

  // ---- the canonical form: RFC 8785 in the profile of docs/verifying.md, section 2

  function canonical(value, depth = 1) {
    if (depth > MAX_DEPTH) throw new Fault("canonical");
    if (value === null || typeof value === "boolean") return JSON.stringify(value);
    if (typeof value === "number") {
      if (!Number.isSafeInteger(value)) throw new Fault("canonical");
      return JSON.stringify(value);
    }
    if (typeof value === "string") {
      if (/[\uD800-\uDFFF]/u.test(value)) throw new Fault("canonical"); // half of a surrogate pair
      return JSON.stringify(value);
    }
    if (Array.isArray(value)) return `[${value.map((each) => canonical(each, depth + 1)).join(",")}]`;
    const keys = Object.keys(value).sort();
    if (!keys.every((key) => /^[ -~]*$/.test(key))) throw new Fault("canonical");
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key], depth + 1)}`).join(",")}}`;
  }

  function readCanonical(array) {
    try {
      const read = text(array), value = JSON.parse(read);
      if (canonical(value) === read) return value;
    } catch {
      // not UTF-8, or not JSON
    }
    throw new Fault("canonical");
  }

  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const hasFields = (value, ...names) =>
    isObject(value) && Object.keys(value).sort().join() === names.sort().join();
  const isIndex = (value) => Number.isSafeInteger(value) && value >= 0;
  const isName = (value) => typeof value === "string" && /^[a-z][a-z0-9_]{0,63}$/.test(value);
  const isNonce = (value) => typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
  const isHex = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

  const isKey = (value) => typeof value === "string" && /^[A-Za-z0-9._:-]{1,64}$/.test(value);

  const areTokens = (values) => Array.isArray(values) && values.length <= 20 && values.every(isHex) &&
    values.every((value, at) => at === 0 || values[at - 1] < value);

  function isInstant(value) {
    const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{6})?Z$/.exec(value);
    if (!found || found[7] === ".000000" || +found[1] < 1000 || +found[1] > 8999) return false;
    const at = new Date(`${value.slice(0, 19)}Z`);
    return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 19) === value.slice(0, 19);
  }

  // Microseconds since 1970; instants of an entry have their one form, those in a grant too.
  const micros = (instant) => BigInt(Date.parse(`${instant.slice(0, 19)}Z`)) * 1000n +
    BigInt((instant.slice(20, -1) || "0").padEnd(6, "0"));

  const isInForce = (grant, at) => (!grant.valid_from || micros(grant.valid_from) <= at) &&
    (!grant.valid_until || at < micros(grant.valid_until));

  // ---- envelopes and entries

  function openEnvelope(raw, type) {
    const kind = type.replace(/[.+]/g, "\\$&");
    const template = new RegExp(`^\\{"payload":"([A-Za-z0-9+/]*={0,2})","payloadType":"${kind}",` +
      `"signatures":\\[\\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{86}==)"\\}\\]\\}$`);
    const found = raw.length <= MAX_ENTRY && template.exec(raw);
    if (!found) throw new Fault("envelope");
    const payload = decode64(found[1]), signature = decode64(found[3]);
    const pae = joined(utf8(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload);
    return { payload, keyId: found[2], signature, pae };
  }

  async function signedBy(envelope, publicKey) {
    if (!isHex(publicKey)) return false;
    const key = unhex(publicKey);
    return (await keyId(key)) === envelope.keyId ? holds(key, envelope.signature, envelope.pae) : false;
  }

  // An act is written in the lowest version of its kind that can say it, without the fields of higher ones.
  function isVersion(version, name, act) {
    const later = Object.entries(SINCE[name] || {}).map(([path, [since, absent]]) => {
      const steps = path.split("."), field = steps.pop();
      const holder = steps.reduce((held, step) => (isObject(held) ? held[step] : null), act);
      const there = isObject(holder) && field in holder;
      return { since, there, said: there && JSON.stringify(holder[field]) !== JSON.stringify(absent) };
    });
    const lowest = Math.max(1, ...later.filter(({ said }) => said).map(({ since }) => since));
    return version === String(lowest) && later.every(({ since, there }) => there === since <= lowest);
  }

  function readEntry(raw) {
    const envelope = openEnvelope(raw, ENTRY), payload = readCanonical(envelope.payload);
    if (!isObject(payload)) throw new Fault("fields");
    const counts = payload.format === "inblue-entry/2", keyed = counts && "idempotency_key" in payload;
    const added = [...(counts ? ["register"] : []), ...(keyed ? ["idempotency_key"] : [])];
    if (!hasFields(payload, "act", "actor", "format", "index", "kind", "recorded_at", "seen", "stream", ...added) ||
        !hasFields(payload.actor, "key", "office") || !hasFields(payload.seen, "root", "size", "tokens")) {
      throw new Fault("fields");
    }
    const { act, actor, seen } = payload, [name, version] = String(payload.kind).split("@");
    const fits = (counts ? isIndex(payload.register) : payload.format === "inblue-entry/1") &&
      (!keyed || isKey(payload.idempotency_key)) && isObject(act) && isIndex(payload.index) && isIndex(seen.size) &&
      isHex(actor.key) && /^[a-z][a-z0-9_]{0,63}$/.test(actor.office) && areTokens(seen.tokens) &&
      isInstant(payload.recorded_at) && typeof payload.stream === "string" && payload.stream.length > 0 &&
      OF_REGISTER.concat(OF_VOTE).includes(name) && act.act === name.replaceAll("-", "_") &&
      isVersion(version, name, act);
    if (!fits) throw new Fault("fields");
    return { act, name, kind: payload.kind, format: payload.format, key: actor.key, office: actor.office,
      stream: payload.stream, index: payload.index, recordedAt: payload.recorded_at, register: payload.register,
      idempotencyKey: payload.idempotency_key, seen: { size: seen.size, root: hash64(seen.root) }, envelope };
  }

  // ---- votes and ballots

  // Symbol and round of the vote that a stream keeps; null for any other stream.
  function voteIn(stream) {
    const found = /^vote(?:#([1-9]\d{0,3}))?:([^\n]+)$/.exec(stream);
    if (!found || found[1] === "1") return null;
    const [, number, symbol] = found, round = number ? Number(number) : 1, numbered = /#\d+$/.test(symbol);
    const name = numbered || round > 1 ? `${symbol}#${round}` : symbol;
    return (numbered && round > 1) || [...name].length > 300 ? null : { symbol, round };
  }

  // S is below L, and R is not the identity: the signer could disown one that is otherwise.
  const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;
  const isStrict = (signature) => BigInt(`0x${hex(signature.slice(32).reverse())}`) < ORDER &&
    hex(signature.slice(0, 32)) !== "01".padEnd(64, "0");

  // Whether a ballot is for this vote: of its draft, its round, and one of its openings. The deadline that it names is
  // not derived here.
  function isBound(ballot, vote, origin, first) {
    const { draft, round, openings } = vote;
    if (first) {
      return hasFields(ballot, "format", "draft", "procedure", "opening", "member", "position", "nonce") &&
        round === 1 && ballot.draft === draft.symbol && ballot.procedure === draft.procedure &&
        openings.some(({ snapshot }) => snapshot === ballot.opening);
    }
    return hasFields(ballot, "format", "log", "draft", "round", "texts", "opening", "closes_at", "rule", "rehearsal",
      "member", "replies", "nonce") && ballot.format === "inblue-ballot/2" &&
      ballot.log === origin && ballot.draft === draft.symbol && ballot.round === round &&
      canonical(ballot.texts) === canonical(draft.texts) && openings.some(({ digest }) => digest === ballot.opening) &&
      (ballot.rule === null ? isInstant(ballot.closes_at) : isName(ballot.rule) && ballot.closes_at === null) &&
      ballot.rehearsal === (draft.times === "simulated");
  }

  // Whether it says what the reply says: one position, on the draft.
  function saysWhat(ballot, act, first) {
    const replies = [{ position: act.position, question: "draft" }];
    const same = first ? ballot.position === act.position : canonical(ballot.replies) === canonical(replies);
    return same && ballot.member === act.member && isNonce(ballot.nonce);
  }

  // ---- signed notes and checkpoints (C2SP)

  async function readVkey(vkey) {
    const [name, id, ...rest] = vkey.split("+"), key = decode64(rest.join("+"));
    const wanted = (await sha256(joined(utf8(`${name}\n`), key))).slice(0, 4);
    if (!name || /[\s+]/.test(name) || hex(wanted) !== id) throw new Fault("vkey");
    if (!(key[0] === 1 && key.length === 33) && !(key[0] === 6 && key.length === 1313)) throw new Fault("vkey");
    return { vkey, name, id, ed25519: key[0] === 1, publicKey: key.slice(1) };
  }

  function readNote(raw) {
    let whole = null;
    try {
      whole = text(raw);
    } catch {
      throw new Fault("note");
    }
    const gap = whole.lastIndexOf("\n\n");
    if (gap < 0 || !whole.endsWith("\n") || /[\0-\t\v-\x1f]/.test(whole)) throw new Fault("note");
    const body = whole.slice(0, gap + 1), lines = whole.slice(gap + 2, -1).split("\n");
    if (lines.length > 100) throw new Fault("note");
    const signatures = lines.map((line) => {
      const found = /^\u2014 ([^\s+]+) (\S+)$/.exec(line), blob = found && decode64(found[2]);
      if (!found || blob.length < 5) throw new Fault("note");
      return { name: found[1], id: hex(blob.slice(0, 4)), signature: blob.slice(4) };
    });
    return { body, signatures };
  }

  function readCheckpoint(body) {
    const lines = body.split("\n");
    if (lines.length !== 4 || lines[3] || !lines[0] || !/^(0|[1-9]\d{0,18})$/.test(lines[1])) {
      throw new Fault("checkpoint");
    }
    return { origin: lines[0], size: Number(lines[1]), root: hash64(lines[2]) };
  }

  // ---- the tree (RFC 9162, section 2.1)

  const split = (width) => {
    let k = 1;
    while (k * 2 < width) k *= 2;
    return k;
  };
  const bits = (size) => size.toString(2).split("").filter((bit) => bit === "1").length;

  async function fold(peaks) {
    if (!peaks.length) return sha256(new Uint8Array(0));
    let folded = peaks[peaks.length - 1];
    for (const peak of peaks.slice(0, -1).reverse()) folded = await nodeHash(peak, folded);
    return folded;
  }

  // docs/bundle.md: the root of the range and of the hashes before and after it.
  async function rangeRoot(size, start, end, before, leaves, after) {
    const left = before.slice(), right = after.slice();
    const take = (from) => {
      if (!from.length) throw new Fault("hashes");
      return from.shift();
    };
    async function below(low, high) {
      if (high <= start) return take(left);
      if (low >= end) return take(right);
      if (high === low + 1) return leaves[low - start];
      const middle = low + split(high - low);
      const first = await below(low, middle);
      return nodeHash(first, await below(middle, high));
    }
    if (size < end) throw new Fault("hashes");
    const root = await below(0, size);
    if (left.length || right.length) throw new Fault("hashes");
    return root;
  }

  const half = (number) => Math.floor(number / 2);

  // RFC 9162, section 2.1.3.2.
  async function includes(leaf, index, size, path, root) {
    if (index >= size || path.length > 64) return false;
    let below = index, last = size - 1, current = leaf;
    for (const sibling of path) {
      if (last === 0) return false;
      if (below % 2 === 1 || below === last) {
        current = await nodeHash(sibling, current);
        while (below % 2 === 0 && below !== 0) [below, last] = [half(below), half(last)];
      } else {
        current = await nodeHash(current, sibling);
      }
      [below, last] = [half(below), half(last)];
    }
    return last === 0 && equal(current, root);
  }

  // RFC 9162, section 2.1.4.2.
  async function extendsTo(first, second, earlier, later, path) {
    if (first <= 0 || first > second || path.length > 64) return false;
    if (first === second) return path.length === 0 && equal(earlier, later);
    const hashes = bits(first) === 1 ? [earlier, ...path] : path.slice();
    if (!hashes.length) return false;
    let below = first - 1, last = second - 1;
    while (below % 2 === 1) [below, last] = [half(below), half(last)];
    let old = hashes[0], now = hashes[0];
    for (const sibling of hashes.slice(1)) {
      if (last === 0) return false;
      if (below % 2 === 1 || below === last) {
        old = await nodeHash(sibling, old);
        now = await nodeHash(sibling, now);
        while (below % 2 === 0 && below !== 0) [below, last] = [half(below), half(last)];
      } else {
        now = await nodeHash(now, sibling);
      }
      [below, last] = [half(below), half(last)];
    }
    return last === 0 && equal(old, earlier) && equal(now, later);
  }

  // ---- the checks

  class Checks {
    constructor(start, before) {
      Object.assign(this, { start, size: start, problems: [], leaves: [], unchecked: new Set() });
      Object.assign(this, { grants: [], revoked: new Map(), terms: [], founded: null });
      Object.assign(this, { versions: new Map(), votes: new Map(), handovers: [], saidSeen: false });
      Object.assign(this, { registered: 0, counting: false, saidCount: false, keys: new Map() });
      this.peaks = before.map((hash) => hash);
      this.edges = [this.peaks.slice()];
    }

    problem(check, entry, name, values = {}) {
      this.problems.push({ check, entry, name, values });
    }

    // The root when the log had so many entries, or null where these entries do not say.
    async rootAt(size) {
      const edge = this.edges[size - this.start];
      return edge ? fold(edge) : null;
    }

    async add(raw) {
      await this.entry(this.size, raw);
      let hash = await leafHash(bytes(raw));
      this.leaves.push(hash);
      for (let below = this.size; below % 2 === 1; below = half(below)) hash = await nodeHash(this.peaks.pop(), hash);
      this.peaks.push(hash);
      this.size += 1;
      this.edges.push(this.peaks.slice());
    }

    // Gives the entry if it is signed by the key that it names.
    async entry(index, raw) {
      let entry = null;
      try {
        entry = readEntry(raw);
      } catch (fault) {
        this.problem(FORM, index, fault instanceof Fault ? fault.message : "fields");
        return null;
      }
      this.place(index, entry);
      const signed = await this.signed(index, entry);
      if (signed) {
        await this.seen(index, entry);
        this.count(index, entry);
        if (OF_REGISTER.includes(entry.name)) await this.registerAct(index, entry);
        else await this.voteAct(index, entry, raw);
      }
      if (entry.stream === "register") this.registered += 1;
      return signed ? entry : null;
    }

    place(index, entry) {
      const whole = this.start === 0 || entry.stream === "register";
      const before = this.versions.get(entry.stream) ?? (whole ? 0 : entry.index);
      if (entry.index !== before) {
        this.problem(PLACE, index, "gap", { stream: entry.stream, act: entry.index, wanted: before });
      }
      this.versions.set(entry.stream, entry.index + 1);
    }

    async signed(index, entry) {
      let grant = this.grants.find((each) => each.key === entry.key);
      if (index === 0) {
        grant = entry.name === "ledger-founded" ? entry.act.registrar : null;
        if (!grant) this.problem(FOUNDED, index, "unfounded", { kind: entry.kind });
      }
      const key = entry.key.slice(0, 16);
      if (entry.envelope.keyId !== entry.key) this.problem(SIGNATURE, index, "actor");
      else if (!grant) this.problem(AUTHORITY, index, "enrolled", { key });
      else {
        const held = await signedBy(entry.envelope, grant.public_key);
        if (held === null) this.unchecked.add("ed25519");
        if (held !== false) return true;
        this.problem(SIGNATURE, index, "signature", { key });
      }
      return false;
    }

    async seen(index, entry) {
      const { size, root } = entry.seen, known = size > index ? null : await this.rootAt(size);
      if (this.saidSeen || (size <= index && (known === null || equal(known, root)))) return;
      this.saidSeen = true; // what follows has the same cause
      this.problem(SEEN, index, "seen", { size });
    }

    // How many entries of the register come before it. Those of the first format do not say it, and come first.
    count(index, entry) {
      const said = entry.register, counts = said !== undefined;
      const wrong = counts ? said !== this.registered : this.counting;
      this.counting = this.counting || counts;
      if (!wrong || this.saidCount) return;
      this.saidCount = true; // what follows has the same cause
      this.problem(REGISTER, index, counts ? "count" : "older", { said, there: this.registered });
    }

    keyOnce(index, entry) {
      const { stream, idempotencyKey: key } = entry;
      if (key === undefined) return;
      const keys = this.keys.get(stream) ?? new Map(), act = keys.get(key);
      if (act !== undefined) this.problem(PLACE, index, "key", { key, act, stream });
      else this.keys.set(stream, keys.set(key, entry.index));
    }

    authority(index, entry, member) {
      const held = this.grants.filter((each) => each.key === entry.key && each.office === entry.office);
      const at = micros(entry.recordedAt);
      const inForce = held.some((each) => isInForce(each, at) &&
        (!each.member || !member || each.member === member));
      if (inForce && !this.revoked.has(entry.key)) return true;
      this.problem(AUTHORITY, index, "office", { key: entry.key.slice(0, 16), office: entry.office });
      return false;
    }

    async registerAct(index, entry) {
      const { act, name } = entry;
      if (entry.stream !== "register") {
        this.problem(PLACE, index, "stream", { kind: entry.kind, stream: entry.stream });
        return;
      }
      this.keyOnce(index, entry);
      const again = name === "ledger-founded" && this.founded;
      if (index > 0 && this.authority(index, entry) && (again || entry.office !== "registrar")) {
        this.problem(AUTHORITY, index, "register", { kind: entry.kind });
      }
      try {
        if (name === "ledger-founded" && !again) {
          this.founded = act;
          this.grants = [act.registrar];
          await this.begin(act.log_key, index, act.origin);
        }
        const grant = name === "key-enrolled" ? act.grant : name === "ledger-founded" ? act.registrar : null;
        if (name === "key-enrolled") this.grants.push(grant);
        if (grant && (await keyId(unhex(grant.public_key))) !== grant.key) throw new Fault("id");
      } catch (fault) {
        this.problem(AUTHORITY, index, fault.message);
      }
      if (name === "key-revoked") this.revoked.set(act.key, act);
      if (name === "log-key-succeeded") await this.succeed(index, act);
    }

    async begin(vkey, entry, origin) {
      const key = await readVkey(vkey);
      if (key.name !== origin) throw new Fault("vkey");
      this.terms.push({ ...key, entry });
    }

    async succeed(index, act) {
      try {
        const last = await this.openCheckpoint(utf8(act.handover));
        if (last.size < 1 || last.size > index) throw new Fault("handover");
        const known = await this.rootAt(last.size);
        if (known === null) this.handovers.push({ entry: index, ...last });
        else if (!equal(known, last.root)) throw new Fault("handover");
      } catch (fault) {
        this.problem(LOG, index, "handover");
      }
      try {
        await this.begin(act.log_key, index, this.founded && this.founded.origin);
      } catch (fault) {
        this.problem(LOG, index, "vkey");
      }
    }

    async voteAct(index, entry, raw) {
      const { act, name, stream } = entry, wanted = voteIn(stream);
      if (!wanted) {
        this.problem(PLACE, index, "stream", { kind: entry.kind, stream });
        return;
      }
      this.keyOnce(index, entry);
      this.authority(index, entry, act.member);
      const vote = this.votes.get(stream);
      if (name === "draft-circulated") {
        const round = "round" in act ? act.round : 1, same = act.symbol === wanted.symbol && round === wanted.round;
        if (!same) this.problem(PLACE, index, "stream", { kind: entry.kind, stream });
        if (!vote) this.votes.set(stream, { draft: act, round, openings: [], nonces: new Set() });
      }
      if (name === "letter-sent" && act.kind === "opening" && vote) {
        vote.openings.push({ digest: hex(await leafHash(bytes(raw))), snapshot: act.snapshot });
      }
      if (name === "vote-cast" && act.ballot && vote) await this.ballot(index, entry, vote);
    }

    async ballot(index, entry, vote) {
      const { act } = entry, at = micros(entry.recordedAt);
      try {
        const envelope = openEnvelope(act.ballot.envelope, BALLOT), ballot = readCanonical(envelope.payload);
        const first = entry.format === "inblue-entry/1" && ballot.format === "inblue-ballot/1";
        const again = vote.nonces.has(ballot.nonce);
        vote.nonces.add(ballot.nonce);
        const grants = this.grants.filter((each) => each.key === envelope.keyId && each.member === act.member);
        const grant = grants.find((each) => isInForce(each, at) && !this.revoked.has(each.key));
        const same = isBound(ballot, vote, this.founded && this.founded.origin, first) && saysWhat(ballot, act, first);
        const held = grant && same && !again && isStrict(envelope.signature) &&
          (await signedBy(envelope, grant.public_key));
        if (held === null) this.unchecked.add("ed25519");
        else if (!held) throw new Fault("ballot");
      } catch (fault) {
        this.problem(SIGNATURE, index, "ballot", { member: act.member });
      }
    }

    // A checkpoint that the log's key of that size has signed. Lines of keys that are not the log's are left alone.
    async openCheckpoint(raw) {
      const { body, signatures } = readNote(raw), signers = [];
      for (const line of signatures) {
        const term = this.terms.find((each) => each.name === line.name && each.id === line.id);
        if (!term) continue;
        const held = term.ed25519 ? await holds(term.publicKey, line.signature, utf8(body)) : null;
        if (held === null) this.unchecked.add(term.ed25519 ? "ed25519" : "mldsa");
        if (held === false) throw new Fault("logSignature");
        signers.push(term);
      }
      const checkpoint = readCheckpoint(body);
      const term = this.terms.filter((each) => each.entry < checkpoint.size).pop() || this.terms[0];
      if (!signers.includes(term) || term.name !== checkpoint.origin) throw new Fault("logSignature");
      return checkpoint;
    }

    async against(checkpoint, log, recalled) {
      if (this.size !== log.end) {
        this.problem(LOG, this.size, "missing", { start: log.start, end: log.end - 1, last: this.size - 1 });
        return;
      }
      try {
        const [before, after] = [log.before.map(hash64), log.after.map(hash64)];
        const root = await rangeRoot(checkpoint.size, log.start, log.end, before, this.leaves, after);
        if (!equal(root, checkpoint.root)) throw new Fault("root");
      } catch (fault) {
        this.problem(LOG, null, fault.message);
        if (fault.message !== "root") return;
      }
      for (const [at, leaf] of recalled.entries()) {
        const { index, path } = log.recalled[at];
        if (!(await includes(leaf, index, checkpoint.size, path.map(hash64), checkpoint.root))) {
          this.problem(LOG, index, "included");
        }
      }
      if (this.handovers.map((each) => each.entry).join() !== log.handovers.map((each) => each.entry).join()) {
        this.problem(LOG, null, "handovers");
        return;
      }
      for (const [at, shown] of log.handovers.entries()) {
        const { entry, size, root } = this.handovers[at], path = shown.path.map(hash64);
        if (!(await extendsTo(size, checkpoint.size, root, checkpoint.root, path))) {
          this.problem(LOG, entry, "handover");
        }
      }
    }
  }

  const lines = (member) => member.split("\n").slice(0, -1);

  // Run the checks over the members of a bundle: { entries, register, log, checkpoint }.
  async function check(members) {
    if (!subtle) return { problems: [], unchecked: ["webcrypto"] };
    const log = readCanonical(bytes(members.log.slice(0, -1)));
    const checks = new Checks(log.start, log.before.map(hash64)), recalled = [];
    const register = lines(members.register);
    const recall = async (isBefore) => {
      for (const placed of log.recalled.filter(({ index }) => index < log.start === isBefore)) {
        const raw = register[recalled.length];
        if (raw === undefined) break;
        const entry = await checks.entry(placed.index, raw);
        if (entry && entry.stream !== "register") checks.problem(CONTAINER, placed.index, "recalled");
        recalled.push(await leafHash(bytes(raw)));
      }
    };
    await recall(true);
    for (const raw of lines(members.entries)) {
      if (checks.size === log.end) {
        checks.problem(CONTAINER, null, "more");
        break;
      }
      await checks.add(raw);
    }
    await recall(false);
    if (register.length !== recalled.length || recalled.length !== log.recalled.length) {
      checks.problem(CONTAINER, null, "recalled");
    }
    let checkpoint = null;
    if (!checks.founded) checks.problem(FOUNDED, null, "nofounding");
    else if (checks.terms.length) {
      try {
        checkpoint = await checks.openCheckpoint(bytes(members.checkpoint));
      } catch (fault) {
        checks.problem(LOG, null, "logSignature");
      }
      if (checkpoint) await checks.against(checkpoint, log, recalled);
    }
    const rank = (problem) => [problem.entry === null ? 1 : 0, problem.entry || 0, problem.check];
    checks.problems.sort((a, b) => rank(a).reduce((so, part, at) => so || part - rank(b)[at], 0));
    return { problems: checks.problems.slice(0, MOST_PROBLEMS), unchecked: [...checks.unchecked], checkpoint, checks,
      entries: checks.leaves.length };
  }

  // Hold a checkpoint that the reader has from elsewhere against what was checked; gives the name of what to say.
  async function compare(found, pasted) {
    let other = null, vouched = "unsigned";
    const raw = utf8(`${pasted.replace(/\r/g, "").trim()}\n`);
    try {
      const given = text(raw); // the whole note, or its three lines alone
      other = readCheckpoint(given.includes("\n\n") ? readNote(raw).body : given);
    } catch {
      return { name: "noCheckpoint", values: {} };
    }
    const { checkpoint, checks } = found, values = { size: other.size, here: checkpoint ? checkpoint.size : 0 };
    if (!checkpoint || !checks) return { name: "nothingToCompare", values };
    if (other.origin !== checkpoint.origin) return { name: "otherLog", values: { origin: other.origin } };
    const known = other.size === checkpoint.size ? checkpoint.root : await checks.rootAt(other.size);
    if (known === null) return { name: other.size > checkpoint.size ? "later" : "outside", values };
    if (equal(known, other.root)) return { name: other.size === checkpoint.size ? "same" : "earlier", values };
    try {
      checks.unchecked.clear();
      await checks.openCheckpoint(raw);
      vouched = checks.unchecked.size ? "differsUnchecked" : "differsSigned";
    } catch {
      vouched = "differsUnsigned";
    }
    return { name: vouched, values };
  }

  // ---- the page

  const here = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(here(id).textContent);
  const said = (words, name, values) =>
    (words[name] || name).replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));

  function show(words, found) {
    const broken = found.problems.length > 0, partly = found.unchecked.length > 0;
    const hashes = !found.unchecked.includes("webcrypto");
    const state = broken ? "broken" : partly ? "unchecked" : "holds";
    const lead = broken ? "saysBroken" : !partly ? "saysHolds" : hashes ? "saysPartly" : "saysUnchecked";
    for (const box of document.querySelectorAll("[data-verdict]")) {
      box.dataset.verdict = state;
      box.querySelector(".said").textContent = said(words, lead, { entries: found.entries });
    }
    const list = here("problems-here");
    for (const problem of found.problems) {
      const item = document.createElement("li"), where = problem.entry === null ? "whereLog" : "whereEntry";
      item.dataset.check = problem.check;
      item.dataset.entry = problem.entry === null ? "" : problem.entry;
      const what = said(words, problem.name, problem.values);
      item.textContent = said(words, where, { check: problem.check, entry: problem.entry, what });
      list.append(item);
    }
    list.hidden = !broken;
    const notes = here("unchecked-here");
    for (const name of found.unchecked) notes.append(Object.assign(document.createElement("li"), {
      textContent: said(words, `not-${name}`, {}) }));
    notes.hidden = !partly;
    for (const cell of document.querySelectorAll("[data-here]")) {
      const number = Number(cell.dataset.here), fails = found.problems.some((each) => each.check === number);
      const unsigned = found.unchecked.includes("ed25519") && number === SIGNATURE;
      const skipped = !hashes || unsigned || (number === LOG && partly);
      cell.textContent = said(words, fails ? "fails" : skipped ? "skipped" : "passes", {});
      cell.dataset.state = fails ? "broken" : skipped ? "unchecked" : "holds";
    }
  }

  async function run() {
    const words = read("words");
    let found = null;
    try {
      found = await check(read("evidence"));
    } catch {
      found = { problems: [{ check: FORM, entry: null, name: "unreadable", values: {} }], unchecked: [], entries: 0 };
    }
    show(words, found);
    const form = here("compare");
    form.hidden = false;
    here("compare-button").addEventListener("click", async () => {
      const { name, values } = await compare(found, here("pasted").value);
      const answer = here("compared");
      answer.textContent = said(words, name, values);
      answer.dataset.answer = name;
    });
    document.documentElement.dataset.checked = "yes";
  }

  return { check, compare, run };
})();

if (document.getElementById("evidence")) inblue.run();

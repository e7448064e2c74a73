// Checks in the reader's browser what the page carries: entries, hashes, proofs and signatures.
//
// Written from docs/verifying.md and docs/bundle.md, and sharing no code with the program that made the page. Problems
// have the numbers of `inblue verify` and come in the same order. SHA-256 and Ed25519 are the browser's own (WebCrypto).
// A browser that lacks one of them has not checked; that is never called broken.
"use strict";

const inblue = (() => {
  const subtle = globalThis.crypto && globalThis.crypto.subtle;
  const FOUNDED = 1, FORM = 2, SIGNATURE = 3, PLACE = 4, LOG = 5, SEEN = 6, AUTHORITY = 7, ACTS = 10, CONTAINER = 11;
  const REGISTER = 18, MESSAGES = 19;
  const ENTRY = "application/vnd.inblue.entry+json", BALLOT = "application/vnd.inblue.ballot+json";
  const MOST_PROBLEMS = 100, MAX_ENTRY = 65535, MAX_NOTE = 1000000, MAX_DEPTH = 32;
  const MOST_GRANTS = 10000, MOST_LOG_KEYS = 100, MOST_AUTHORITIES = 20, MOST_HOURS = 1000;
  const LETTER = `signatory:line?/3 signatory_latin:line?/3 offices:name*/3 rank:line?/3 rank_in_english:line?/3
    signed:bool?/3 addressees:name*/3 language:line?/3 translation:line?/3 agenda_item:line?/3 distribution:line?/3
    remarks:text*/3`;
  const SPEAKER = "speaker:line?/2 speaker_latin:line?/2 form_of_address:line?/2 office:name?/2 translation:line?/2";

  // Each act with its fields and their types (docs/spec/entries.md): ? may be null, * is a list of them, and a number is
  // the version of the kind that brought the field. A word with | in it is a choice.
  const OF_REGISTER = {
    "ledger-founded": "origin:line log_key:vkey registrar:grant",
    "key-enrolled": "grant:grant replaces:digest?",
    "key-revoked": "key:digest reason:text compromised_since:instant?",
    "log-key-announced": "log_key:vkey",
    "log-key-succeeded": "log_key:vkey cause:rotation|loss|compromise handover:note compromised_since:instant?",
    "procedure-adopted": "id:line sha256:digest",
    "roster-adopted": "name:line sha256:digest",
    "presidency-assigned": "body:line member:member month:month reason:text?/2",
    "authority-adopted": "name:name sha256:digest",
    "authority-retired": "name:name reason:text",
    "register-stated": "votes:stated",
    "entry-disowned": "stream:place index:act digest:digest reason:text",
    "clock-disowned": "stream:place index:act recorded_at:instant reason:text",
  };
  const OF_INTAKE = {
    "message-received": "digest:digest",
    "message-observed": "message:act observation:digest",
  };
  const OF_VOTE = {
    "draft-circulated": `symbol:line title:line? dated:day? sponsors:member* question:name
      languages:line* texts:texts circulated_at:moment? times:live|documented|simulated procedure:digest
      round:round/2 after:digest?/2 replies:complete|incomplete|counts_only|secret_ballot?/3 original:line?/3
      provisional:bool?/3`,
    "draft-withdrawn": "withdrawn_at:moment?",
    "letter-sent": `kind:procedure|opening|outcome|compendium symbol:line? dated:day? sender:member? sent_at:moment?
      distributed:day? programme_of_work:bool? opens_at:moment? closes_at:instant?
      counting:elapsed|calendar|working_days?/2 snapshot:digest? sha256:digest? media_type:line? ${LETTER}`,
    "vote-cast": `member:member position:name? received_at:moment? instrument:instrument
      explanation:none_stated|silent|enclosed|announced ballot:ballot? says:withdraws|dissociates|not_on_record?/2
      by:member?/2 sent_at:moment?/2 replaces:act?/2 answers:answer*/3 reasons:bool?/3 condition:text?/3
      effective_at:instant?/3 message:named?/4`,
    "reply-rejected": "member:member reply:reply clause:name reason:text rejected_at:moment?",
    "receipt-acknowledged": `member:member reply:reply acknowledged_at:moment? sha256:digest?/2 media_type:line?/2`,
    "explanation-filed": `member:member filed_at:moment? languages:line* remarks:text* sha256:digest? media_type:line?
      ${SPEAKER}`,
    "co-sponsorship-announced": "member:member announced_at:moment?",
    "window-changed": "closes_at:instant changed_at:moment?",
    "voting-closed": "closed_at:moment?",
    "tally-circulated": `counts:counts circulated_at:moment? sha256:digest?/2 media_type:line?/2`,
    "result-announced": `announced_at:moment? resolution:line? outcome:name? by:member?/2
      corrects:act?/3 sha256:digest?/4 media_type:line?/4`,
    "clerical-error-corrected": `member:member reply:reply field:line was:particular? now:particular? reason:text
      corrected_at:moment? sha256:digest? media_type:line?`,
    "draft-corrected": `field:title|dated|sponsors|question|languages|texts was:particulars? now:particulars?
      reason:text corrected_at:moment?`,
    "entry-voided": "number:act reason:text voided_at:moment?",
    "vote-annulled": "reason:text annulled_at:moment? by:member? sha256:digest? media_type:line?",
    "fact-recorded": "fact:name status:present|missing established_at:moment? by:line? sha256:digest? media_type:line?",
    "electorate-changed": `member:member change:begins|ends reason:text permanent:bool weights:weights groups:name*
      advisory:bool alternates:member* changed_at:moment? sha256:digest? media_type:line?`,
    "window-suspended": "reason:text suspended_at:moment? by:member? sha256:digest? media_type:line?",
    "window-resumed": "resumed_at:moment?",
  };
  // Objects within acts. What a later version of the act brought has its number here too.
  const WITHIN = {
    grant: `key:digest public_key:digest office:name member:member? holder:line? valid_from:instant?
      valid_until:instant?`,
    instrument: `form:name dated:day? office:name? office_in_heading:name? signatory:line? signatory_latin:line?
      rank:line? signed:bool? addressee:name? language:line? cites_opening_letter:bool? remarks:text* sha256:digest?
      media_type:line? rank_in_english:line?/2 translation:line?/2`,
    ballot: "envelope:envelope timestamps:own*",
    own: "query:base64 token:base64",
    answer: "question:name position:name",
    stated1: "stream:stream acts:acts",
    named: "received:act digest:digest part:path?",
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

  // The field and the order of the curve of RFC 8032, section 5.1.
  const P = (1n << 255n) - 19n, ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;
  const mod = (value) => ((value % P) + P) % P;
  const number = (array) => BigInt(`0x${hex(Uint8Array.from(array).reverse())}`);

  function power(base, exponent) {
    let result = 1n;
    for (let square = mod(base), left = exponent; left > 0n; left >>= 1n) {
      if (left & 1n) result = mod(result * square);
      square = mod(square * square);
    }
    return result;
  }

  const D = mod(-121665n * power(121666n, P - 2n));
  const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);
  const IDENTITY = [0n, 1n, 1n, 0n];

  // RFC 8032, section 5.1.3; null where the bytes are no point, or not the one encoding of it.
  function decompress(array) {
    const encoded = number(array), sign = encoded >> 255n, y = encoded & ((1n << 255n) - 1n);
    if (y >= P) return null;
    const squared = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n));
    let x = power(squared, (P + 3n) / 8n);
    if (mod(x * x) !== squared) x = mod(x * ROOT_OF_MINUS_ONE);
    if (mod(x * x) !== squared || (x === 0n && sign === 1n)) return null;
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, mod(x * y)];
  }

  // RFC 8032, section 5.1.4; complete, so that points of small order need no case of their own.
  function add(p, q) {
    const a = (p[1] - p[0]) * (q[1] - q[0]), b = (p[1] + p[0]) * (q[1] + q[0]);
    const c = 2n * D * p[3] * q[3], d = 2n * p[2] * q[2];
    const [e, f, g, h] = [b - a, d - c, d + c, b + a].map(mod);
    return [e * f, g * h, f * g, e * h].map(mod);
  }

  function multiply(scalar, point) {
    let total = IDENTITY;
    for (let doubled = point, left = scalar; left > 0n; left >>= 1n) {
      if (left & 1n) total = add(total, doubled);
      doubled = add(doubled, doubled);
    }
    return total;
  }

  const isIdentity = (point) => point[0] === 0n && point[1] === point[2];

  // Whether a key is fit to be enrolled: a point of just the order L, in its one encoding.
  function isStrong(publicKey) {
    const point = publicKey.length === 32 ? decompress(publicKey) : null;
    return point !== null && !isIdentity(point) && isIdentity(multiply(ORDER, point));
  }

  // The y of points of order 8; the others of small order have 0, 1 and -1.
  const OF_ORDER_8 = number(unhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"));
  const OF_SMALL_ORDER = [0n, 1n, P - 1n, OF_ORDER_8, P - OF_ORDER_8];

  // S is below L, and R is neither of small order nor another encoding of its point. Beyond that implementations of
  // WebCrypto may differ, and what one verifier takes every verifier has to take.
  function isStrict(signature) {
    if (signature.length !== 64 || number(signature.slice(32)) >= ORDER) return false;
    return yOf(signature.slice(0, 32)) < P && !isSmall(signature.slice(0, 32));
  }

  const yOf = (encoded) => number(encoded) & ((1n << 255n) - 1n);
  const isSmall = (encoded) => OF_SMALL_ORDER.includes(yOf(encoded) % P);

  async function holds(publicKey, signature, message) {
    if (publicKey.length !== 32 || isSmall(publicKey) || !isStrict(signature)) return false;
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

  // ---- the forms of values (docs/spec/entries.md)

  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const hasFields = (value, ...names) =>
    isObject(value) && Object.keys(value).sort().join() === names.sort().join();
  const isIndex = (value) => Number.isSafeInteger(value) && value >= 0;
  const is = (pattern) => (value) => typeof value === "string" && pattern.test(value);
  const isName = is(/^[a-z][a-z0-9_]{0,63}$/), isNonce = is(/^[0-9a-f]{32}$/), isHex = is(/^[0-9a-f]{64}$/);
  const isKey = is(/^[A-Za-z0-9._:-]{1,64}$/), isMember = is(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/);
  const isWithin = (low, high) => (value) => Number.isSafeInteger(value) && low <= value && value <= high;

  // No control character, no separator of lines or paragraphs, no character that overrides the direction.
  const UNFIT = /[\0-\t\v-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
  const AT_AN_END = /^[ \xa0\u1680\u2000-\u200a\u202f\u205f\u3000]|[ \xa0\u1680\u2000-\u200a\u202f\u205f\u3000]$/;
  const isText = (most) => (value) => typeof value === "string" && value.length > 0 && !UNFIT.test(value) &&
    (value.length <= most || (value.length <= 2 * most && [...value].length <= most));
  const isLine = (most) => (value) => isText(most)(value) && !value.includes("\n") && !AT_AN_END.test(value);
  const areOf = (isOne) => (values) => Array.isArray(values) && values.every(isOne);
  const mapOf = (isField, isValue) => (value) => isObject(value) &&
    Object.entries(value).every(([field, each]) => isField(field) && isValue(each));

  const areTokens = (values) => Array.isArray(values) && values.length <= 20 && values.every(isHex) &&
    values.every((value, at) => at === 0 || values[at - 1] < value);

  function isDay(value) {
    const found = is(/^\d{4}-\d\d-\d\d$/)(value) && +value.slice(0, 4) >= 1000 && +value.slice(0, 4) <= 8999;
    const at = found && new Date(`${value}T00:00:00Z`);
    return found && !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === value;
  }

  function isInstant(value) {
    const found = is(/^[0-9-]{10}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.(?!0{6})\d{6})?Z$/)(value);
    return found && isDay(value.slice(0, 10));
  }

  const STREAM = is(/^vote(#[1-9][0-9]{0,3})?:/);
  const isDecimal = is(/^(0|[1-9][0-9]{0,39})(\.[0-9]{1,20})?$/);
  const isEachOnce = (names) => new Set(names).size === names.length;
  const BASE64 = is(/^[A-Za-z0-9+/]+={0,2}$/);
  // In the order of code points, each once; UTF-8 keeps that order, and UTF-16 does not.
  const rising = (texts) => texts.map((each) => hex(utf8(each)))
    .every((each, at, all) => at === 0 || all[at - 1] < each);
  const TYPES = {
    text: isText(4000), line: isLine(300), vkey: isLine(4000), note: isText(400000), name: isName, digest: isHex,
    member: isMember, day: isDay, instant: isInstant, moment: (value) => isDay(value) || isInstant(value),
    bool: (value) => typeof value === "boolean", month: is(/^\d{4}-(0[1-9]|1[0-2])$/), act: isWithin(0, 1000000),
    acts: isWithin(1, 1000000), reply: isWithin(1, 9999), round: isWithin(1, 9999),
    weights: mapOf(isName, (value) => isWithin(0, Number.MAX_SAFE_INTEGER)(value) || isDecimal(value)), texts: mapOf(isLine(300), isHex), counts: mapOf(isName, isWithin(0, 100000)),
    particular: (value) => typeof value === "boolean" || isLine(300)(value),
    particulars: (value) => isLine(300)(value) || areOf(isLine(300))(value) || mapOf(isLine(300), isHex)(value),
    envelope: (value) => typeof value === "string" && value.length > 0 && [...value].length <= 8000,
    base64: (value) => BASE64(value) && value.length <= 20000,
    stream: (value) => isLine(320)(value) && STREAM(value),
    place: (value) => isLine(320)(value) && (["register", "intake"].includes(value) || STREAM(value)),
    path: is(/^[1-9][0-9]{0,3}(\.[1-9][0-9]{0,3}){0,15}$/),
    stated: (values) => areOf((each) => fits(WITHIN.stated1, each))(values) && values.length > 0 &&
      values.length <= 1000 && rising(values.map(({ stream }) => stream)),
  };

  const FIELD = /^(\w+):([\w|]+?)([?*]?)(?:\/(\d))?$/;
  const fieldsOf = (described) => described.trim().split(/\s+/).filter(Boolean).map((word) => {
    const [, name, type, many, since] = FIELD.exec(word);
    const absent = type === "round" ? "1" : many === "*" ? "[]" : "null";
    return { name, type, many, absent, since: Number(since || 1) };
  });

  function isOfType(type, value, version) {
    if (type in WITHIN) return fits(WITHIN[type], value, version);
    return type in TYPES ? TYPES[type](value) : type.split("|").includes(value);
  }

  // Whether a value has exactly the fields of that version, each of its type.
  function fits(described, value, version = 1) {
    const there = fieldsOf(described).filter(({ since }) => since <= version);
    return hasFields(value, ...there.map(({ name }) => name)) && there.every(({ name, type, many }) => {
      const each = value[name];
      if (many === "*") return areOf((one) => isOfType(type, one, version))(each);
      return (many === "?" && each === null) || isOfType(type, each, version);
    });
  }

  // The lowest version that can say what an act says; fields of higher ones have no place in it.
  function versionOf(described, value) {
    return fieldsOf(described).reduce((lowest, { name, type, many, since, absent }) => {
      const there = isObject(value) && Object.hasOwn(value, name);
      const within = there && type in WITHIN && many !== "*" && value[name] !== null;
      if (within) return Math.max(lowest, since, versionOf(WITHIN[type], value[name]));
      return there && JSON.stringify(value[name]) !== absent ? Math.max(lowest, since) : lowest;
    }, 1);
  }

  // What fields of one act must be to each other.
  const TOGETHER = {
    "draft-circulated": (act) => {
      const round = act.round || 1, name = `${act.symbol}#${round}`;
      if (act.replies && act.times !== "documented") return false;
      return round === 1 ? !act.after : !/#\d+$/.test(act.symbol) && [...name].length <= 300;
    },
    "letter-sent": (act) => act.kind === "opening" ||
      ["programme_of_work", "opens_at", "closes_at", "counting", "snapshot"]
        .every((name) => (act[name] ?? null) === null),
    "vote-cast": (act) => !(act.says && (act.position !== null || act.ballot || (act.answers || []).length)) &&
      (act.answers || []).length <= 19 && isEachOnce(["draft", ...(act.answers || []).map(({ question }) => question)]) &&
      act.by !== act.member && (!act.message || fitsMessage(act)) &&
      !(act.ballot && ((act.replaces ?? null) !== null || act.by || act.ballot.timestamps.length > 2)),
    "result-announced": (act) => act.outcome !== "open" &&
      (act.resolution === null || !["not_adopted", "vetoed"].includes(act.outcome)),
    "electorate-changed": ({ member, change, permanent, weights, groups, advisory, alternates }) =>
      isEachOnce(groups) && isEachOnce([member, ...alternates]) && (change === "begins" ||
        !(permanent || advisory || groups.length || alternates.length || Object.keys(weights).length)),
    "ledger-founded": (act) => act.registrar.office === "registrar" && endsLater(act.registrar),
    "key-enrolled": (act) => endsLater(act.grant),
    "entry-disowned": (act) => act.stream !== "register" || act.index > 0,
    "log-key-succeeded": (act) => act.compromised_since === null || act.cause === "compromise",
  };
  // What came in a message arrived at an instant; its paper is a part of it, or the message itself.
  const fitsMessage = ({ message, received_at: at, instrument }) => isInstant(at) &&
    (instrument.translation ?? null) === null && (message.part === null) === (instrument.sha256 === null);
  const endsLater = (grant) => !grant.valid_from || !grant.valid_until ||
    micros(grant.valid_from) < micros(grant.valid_until);

  function isAct(kind, act) {
    const [name] = String(kind).split("@"), described = { ...OF_REGISTER, ...OF_INTAKE, ...OF_VOTE }[name];
    if (!described || !isObject(act)) return false;
    const fields = `act:${name.replaceAll("-", "_")} ${name in OF_VOTE ? "source:text? " : ""}${described}`;
    const ofMessages = /^(entry|clock)-disowned$/.test(name) && act.stream === "intake";
    const version = ofMessages ? 2 : versionOf(described, act);
    return kind === `${name}@${version}` && fits(fields, act, ofMessages ? 1 : version) && (TOGETHER[name] || (() => true))(act);
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

  function readEntry(raw) {
    const envelope = openEnvelope(raw, ENTRY), payload = readCanonical(envelope.payload);
    if (!isObject(payload)) throw new Fault("fields");
    const counts = payload.format === "inblue-entry/2", keyed = counts && "idempotency_key" in payload;
    const added = [...(counts ? ["register"] : []), ...(keyed ? ["idempotency_key"] : [])];
    if (!hasFields(payload, "act", "actor", "format", "index", "kind", "recorded_at", "seen", "stream", ...added) ||
        !hasFields(payload.actor, "key", "office") || !hasFields(payload.seen, "root", "size", "tokens")) {
      throw new Fault("fields");
    }
    const { act, actor, seen } = payload, [name] = String(payload.kind).split("@");
    const fits = (counts ? isIndex(payload.register) : payload.format === "inblue-entry/1") &&
      (!keyed || isKey(payload.idempotency_key)) && isObject(act) && isIndex(payload.index) && isIndex(seen.size) &&
      isHex(actor.key) && isName(actor.office) && areTokens(seen.tokens) && isInstant(payload.recorded_at) &&
      isLine(320)(payload.stream) && isAct(payload.kind, act);
    if (!fits) throw new Fault("fields");
    return { act, name, kind: payload.kind, format: payload.format, key: actor.key, office: actor.office,
      stream: payload.stream, index: payload.index, recordedAt: payload.recorded_at, register: payload.register,
      idempotencyKey: payload.idempotency_key, seen: { size: seen.size, root: hash64(seen.root) }, envelope };
  }

  // ---- votes and ballots

  const nameOf = (symbol, round) => round > 1 || /#\d+$/.test(symbol) ? `${symbol}#${round}` : symbol;

  // Symbol and round of the vote that a stream keeps; null for any other stream.
  function voteIn(stream) {
    const found = /^vote(?:#([1-9]\d{0,3}))?:([^\n]+)$/.exec(stream);
    if (!found || found[1] === "1") return null;
    const [, number, symbol] = found, round = number ? Number(number) : 1, numbered = /#\d+$/.test(symbol);
    return (numbered && round > 1) || [...nameOf(symbol, round)].length > 300 ? null : { symbol, round };
  }

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
    const onDraft = act.position === null ? [] : [{ position: act.position, question: "draft" }];
    const replies = [...onDraft, ...(act.answers || [])];
    const same = first ? ballot.position === act.position : canonical(ballot.replies) === canonical(replies);
    return same && ballot.member === act.member && isNonce(ballot.nonce);
  }

  // ---- signed notes and checkpoints (C2SP)

  const isKeyName = is(/^[^\0-\x20+\x7f-\x9f\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/);

  async function readVkey(vkey) {
    const [name, id, ...rest] = vkey.split("+"), key = decode64(rest.join("+"));
    const wanted = (await sha256(joined(utf8(`${name}\n`), key))).slice(0, 4);
    if (!isKeyName(name) || hex(wanted) !== id) throw new Fault("vkey");
    if (!(key[0] === 1 && key.length === 33) && !(key[0] === 6 && key.length === 1313)) throw new Fault("vkey");
    if (key[0] === 1 && !isStrong(key.slice(1))) throw new Fault("weak");
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
    const body = whole.slice(0, gap + 1), signed = whole.slice(gap + 2, -1).split("\n");
    if (signed.length > 100 || raw.length > MAX_NOTE) throw new Fault("note");
    const signatures = signed.map((line) => {
      const found = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line), blob = found && decode64(found[2]);
      if (!found || !isKeyName(found[1]) || blob.length < 5) throw new Fault("note");
      return { name: found[1], id: hex(blob.slice(0, 4)), signature: blob.slice(4) };
    });
    return { body, signatures };
  }

  async function readCheckpoint(body) {
    const stated = body.split("\n");
    if (stated.length !== 4 || stated[3] || !stated[0] || !/^(0|[1-9]\d{0,18})$/.test(stated[1])) {
      throw new Fault("checkpoint");
    }
    const root = hash64(stated[2]), size = Number(stated[1]);
    if (BigInt(stated[1]) >= 1n << 63n || (size === 0 && !equal(root, await fold([])))) throw new Fault("checkpoint");
    if (!Number.isSafeInteger(size)) throw new Fault("size");
    return { origin: stated[0], size, root };
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
    constructor(start, before, documents = {}, about = []) {
      Object.assign(this, { start, size: start, problems: [], leaves: [], unchecked: new Set(), documents });
      Object.assign(this, { grants: new Map(), enrolled: 0, publics: new Map(), revoked: new Set() });
      Object.assign(this, { authorities: new Set(), ofLog: new Set(), ofOfficers: new Set() });
      Object.assign(this, { disowned: new Set(), hours: new Set() });
      Object.assign(this, { withoutEffect: new Map(), ahead: new Map(), begins: new Map(), goneOn: new Set() });
      Object.assign(this, { terms: [], logKeys: [], announced: null, founded: null });
      Object.assign(this, { versions: new Map(), votes: new Map(), handovers: [], saidSeen: false });
      Object.assign(this, { registered: 0, counting: false, saidCount: false, keys: new Map() });
      Object.assign(this, { messages: new Map(), received: new Set(), used: new Set(), inPart: false });
      this.about = new Set(about);
      this.peaks = before.slice();
      this.edges = [this.peaks.slice()];
    }

    problem(check, entry, name, values = {}) {
      this.problems.push({ check, entry, name, values });
    }

    // The root when the log had so many entries, or null where these entries do not say.
    async rootAt(size) {
      if (size === 0) return fold([]);
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

    // Gives the entry if a key in authority has signed it.
    async entry(index, raw) {
      let entry = null;
      try {
        entry = readEntry(raw);
      } catch (fault) {
        this.problem(FORM, index, fault instanceof Fault ? fault.message : "fields");
        return null;
      }
      this.place(index, entry);
      const taken = await this.taken(index, entry, raw);
      if (entry.stream === "register") this.registered += 1;
      return taken ? entry : null;
    }

    async taken(index, entry, raw) {
      if (index === 0 && entry.name !== "ledger-founded") {
        this.problem(FOUNDED, index, "unfounded", { kind: entry.kind });
        return false;
      }
      const refused = await this.refused(index, entry);
      if (refused) {
        const [check, name, values] = refused;
        this.problem(check, index, name, values);
        const problem = this.problems[this.problems.length - 1];
        this.withoutEffect.set(hex(await leafHash(bytes(raw))), { problem, stream: entry.stream, number: entry.index });
        this.passOver(entry);
        return false;
      }
      await this.seen(index, entry);
      this.count(index, entry);
      if (entry.name in OF_REGISTER) await this.registerAct(index, entry);
      else if (entry.name in OF_INTAKE) this.messageAct(index, entry);
      else await this.voteAct(index, entry, raw);
      return true;
    }

    // Why an entry has no effect: no key in authority has signed it. Nothing else is asked of its act then.
    async refused(index, entry) {
      const key = entry.key.slice(0, 16);
      const publicKey = index === 0 ? entry.act.registrar.public_key : this.publics.get(entry.key);
      if (entry.envelope.keyId !== entry.key) return [SIGNATURE, "actor", {}];
      if (!publicKey) return [AUTHORITY, "enrolled", { key }];
      const held = await signedBy(entry.envelope, publicKey);
      if (held === null) this.unchecked.add("ed25519");
      if (held === false) return [SIGNATURE, "signature", { key }];
      const { act, kind, name, office } = entry, ofVote = name in OF_VOTE;
      if (index > 0 && !this.granted(entry.key, office, micros(entry.recordedAt), ofVote ? act.member : null)) {
        return [AUTHORITY, "office", { key, office }];
      }
      if (name in OF_INTAKE) return office !== "intake" ? [AUTHORITY, "records", { office, kind }] : null;
      if (!ofVote) return index > 0 && office !== "registrar" ? [AUTHORITY, "register", { kind }] : null;
      const vote = this.votes.get(entry.stream), circulated = name === "draft-circulated";
      if (!vote && !circulated) return null;
      const offices = vote ? vote.offices : await this.officesOf(act.procedure);
      if (offices === null) this.unchecked.add("procedure");
      else if (office === "intake" || !(offices[act.act] ?? offices["*"] ?? []).includes(office)) {
        return [AUTHORITY, "records", { office, kind }];
      }
      return null;
    }

    // It has its place, and no effect. A vote may begin behind acts that have none.
    passOver({ stream, index }) {
      const ahead = this.ahead.get(stream) ?? 0;
      if (voteIn(stream) && !this.votes.has(stream) && !this.goneOn.has(stream) && ahead === index) {
        this.ahead.set(stream, index + 1);
      }
    }

    // The registrar names an entry that has no effect: what was found of it is no problem then.
    disown(index, { digest, stream, index: number }) {
      const found = this.withoutEffect.get(digest), first = this.begins.get(stream);
      const within = first !== undefined && first <= number && number < (this.versions.get(stream) ?? 0);
      if (found && found.stream === stream && found.number === number) {
        this.problems = this.problems.filter((each) => each !== found.problem);
      } else if (within || this.start === 0) this.problem(AUTHORITY, index, "disowns", { stream, act: number });
      else this.unchecked.add("disowned");
    }

    place(index, entry) {
      const whole = this.start === 0 || entry.stream === "register";
      const before = this.versions.get(entry.stream) ?? (whole ? 0 : entry.index);
      if (!this.begins.has(entry.stream)) this.begins.set(entry.stream, entry.index);
      // Of the messages before and after a part only some are shown.
      const some = entry.stream === "intake" && this.start > 0 && !(this.inPart && index === this.size);
      if (entry.stream === "intake" && index === this.size) this.inPart = true;
      if (some ? entry.index < (this.versions.get("intake") ?? 0) : entry.index !== before) {
        this.problem(PLACE, index, "gap", { stream: entry.stream, act: entry.index, wanted: before });
      }
      this.versions.set(entry.stream, entry.index + 1);
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

    // A grant by which a key acts for an office at that time, in what a member does if it is a member's act.
    granted(key, office, at, member) {
      if (this.revoked.has(key)) return false;
      return (this.grants.get(key) ?? []).some((each) => each.office === office && isInForce(each, at) &&
        (!each.member || !member || each.member === member));
    }

    async registerAct(index, entry) {
      const { act, name } = entry;
      if (entry.stream !== "register") {
        this.problem(PLACE, index, "stream", { kind: entry.kind, stream: entry.stream });
        return;
      }
      try {
        this.decide(entry);
        if (name === "ledger-founded") {
          await this.fit(act.registrar);
          await this.begin(act.log_key, index, act.origin);
        }
        if (name === "log-key-announced") await this.named(act.log_key);
        if (name === "key-enrolled") await this.fit(act.grant);
        await this.apart(act);
      } catch (fault) {
        this.problem(AUTHORITY, index, fault.message, fault.values);
      }
      if (name === "log-key-succeeded") await this.succeed(index, act);
      this.keyOnce(index, entry);
      this.register(act, name);
      if (name === "entry-disowned") this.disown(index, act);
    }

    // A message is received once; what is said of one is said after that.
    messageAct(index, { act, name, kind, stream, index: number, recordedAt }) {
      if (stream !== "intake") {
        this.problem(PLACE, index, "stream", { kind, stream });
        return;
      }
      if (name === "message-observed") {
        const unseen = !this.messages.has(act.message) && (this.start === 0 || act.message >= number);
        if (unseen) this.problem(MESSAGES, index, "unreceived", { number: act.message });
        return;
      }
      if (this.received.has(act.digest)) this.problem(MESSAGES, index, "receivedTwice");
      this.received.add(act.digest);
      this.messages.set(number, { digest: act.digest, at: recordedAt });
    }

    // A reply that names a message came when that was recorded, which was before. Its bytes are not in a page.
    namedMessage(index, { message, received_at: at }, { symbol, round }) {
      const found = this.messages.get(message.received), here = this.about.has(nameOf(symbol, round));
      if (!found && !here && this.start > 0) return;
      if (!found || found.digest !== message.digest || found.at !== at) {
        this.problem(MESSAGES, index, "message", { number: message.received });
      } else if (here) {
        this.used.add(message.received);
        this.unchecked.add("part");
      }
    }

    // What an act of the register may be, as the register stands (docs/spec/register.md).
    decide({ act, name, kind, office }) {
      const refuse = (fault, values = {}) => {
        throw new Fault(fault, values);
      };
      if (name === "ledger-founded") {
        if (this.founded) refuse("register", { kind });
        return;
      }
      if (!this.founded || office !== "registrar") refuse("register", { kind });
      const key = act.grant ? act.grant.key : act.key;
      if (name === "key-enrolled") {
        if (this.enrolled >= MOST_GRANTS) refuse("many");
        if (this.revoked.has(key)) refuse("revoked", { key: key.slice(0, 16) });
        const old = act.replaces;
        const owners = (this.grants.get(key) ?? []).map(({ member }) => member).filter(Boolean);
        const offices = (this.grants.get(key) ?? []).map(({ office }) => office), ofIntake = act.grant.office === "intake";
        if (ofIntake && act.grant.member) refuse("purpose");
        if (offices.length && ofIntake !== offices.includes("intake")) refuse("purpose");
        if (act.grant.member && owners.some((owner) => owner !== act.grant.member)) refuse("owner");
        if (old !== null && !this.grants.has(old)) refuse("enrolled", { key: old.slice(0, 16) });
      }
      if (name === "key-revoked") {
        if (!this.grants.has(key)) refuse("enrolled", { key: key.slice(0, 16) });
        if (this.revoked.has(key)) refuse("revoked", { key: key.slice(0, 16) });
        const others = [...this.grants].filter(([each]) => each !== key && !this.revoked.has(each));
        if (!others.some(([, held]) => held.some((each) => each.office === "registrar"))) refuse("last");
      }
      if (name.startsWith("log-key-") && this.logKeys.includes(act.log_key)) refuse("again");
      if (name === "log-key-succeeded") {
        if (this.logKeys.length >= MOST_LOG_KEYS) refuse("many");
        if (act.cause === "rotation" && act.log_key !== this.announced) refuse("unannounced");
      }
      const names = this.authorities;
      if (name === "authority-adopted" && !names.has(act.name) && names.size >= MOST_AUTHORITIES) refuse("many");
      if (name === "authority-retired" && !names.has(act.name)) refuse("unadopted", { name: act.name });
      if (name === "entry-disowned" && this.disowned.has(act.digest)) refuse("disowned");
      if (name === "clock-disowned") {
        if (this.hours.has(`${act.index} ${act.stream}`)) refuse("disowned");
        if (this.hours.size >= MOST_HOURS) refuse("many");
      }
    }

    // A grant's key may be enrolled: it is strong, has that id, and is not a key of the log's.
    async fit(grant) {
      const publicKey = unhex(grant.public_key);
      if (!isStrong(publicKey)) throw new Fault("weak");
      if ((await keyId(publicKey)) !== grant.key) throw new Fault("id");
    }

    // One key for one purpose: who acts for somebody does not sign the log, now or later.
    async apart({ log_key: vkey, grant, registrar }) {
      const officer = (grant ?? registrar)?.public_key, log = vkey ? await readVkey(vkey) : null;
      const ofLog = log && log.ed25519 ? hex(log.publicKey) : undefined;
      if (ofLog) this.ofLog.add(ofLog);
      if (officer) this.ofOfficers.add(officer);
      if (this.ofOfficers.has(ofLog) || this.ofLog.has(officer)) throw new Fault("apart");
    }

    async named(vkey, origin = this.terms.length ? this.terms[0].name : "") {
      const key = await readVkey(vkey);
      if (key.name !== origin) throw new Fault("vkey");
      return key;
    }

    // The register after an act, whether that was allowed or not.
    register(act, name) {
      const grant = name === "key-enrolled" ? act.grant : name === "ledger-founded" ? act.registrar : null;
      if (name === "ledger-founded") {
        Object.assign(this, { founded: act, logKeys: [act.log_key], enrolled: 0 });
        this.grants.clear();
        this.publics.clear();
      }
      if (grant) {
        this.enrolled += 1;
        this.grants.set(grant.key, [...(this.grants.get(grant.key) ?? []), grant]);
        if (!this.publics.has(grant.key)) this.publics.set(grant.key, grant.public_key);
      }
      if (name === "key-revoked") this.revoked.add(act.key);
      if (name === "log-key-announced") this.announced = act.log_key;
      if (name === "log-key-succeeded") {
        this.logKeys.push(act.log_key);
        this.announced = null;
      }
      if (name === "authority-adopted") this.authorities.add(act.name);
      if (name === "entry-disowned") this.disowned.add(act.digest);
      if (name === "clock-disowned") this.hours.add(`${act.index} ${act.stream}`);
      if (name === "authority-retired") this.authorities.delete(act.name);
    }

    async begin(vkey, entry, origin) {
      this.terms.push({ ...(await this.named(vkey, origin)), entry });
    }

    async succeed(index, act) {
      let key = null;
      try {
        key = await this.named(act.log_key);
        if (this.terms.length >= MOST_LOG_KEYS) throw new Fault("many");
      } catch (fault) {
        this.problem(LOG, index, fault.message);
        return;
      }
      try {
        const last = await this.openCheckpoint(utf8(act.handover));
        const before = this.terms.length ? this.terms[this.terms.length - 1].entry : -1;
        if (last.size < 1 || last.size > index || last.size <= before) throw new Fault("handover");
        const known = await this.rootAt(last.size);
        if (known === null) this.handovers.push({ entry: index, ...last });
        else if (!equal(known, last.root)) throw new Fault("handover");
      } catch (fault) {
        if (fault.message === "size") this.unchecked.add("size");
        else this.problem(LOG, index, "handover");
      }
      this.terms.push({ ...key, entry: index });
    }

    async voteAct(index, entry, raw) {
      const { act, name, stream } = entry, wanted = voteIn(stream);
      if (!wanted) {
        this.problem(PLACE, index, "stream", { kind: entry.kind, stream });
        return;
      }
      this.keyOnce(index, entry);
      const vote = this.votes.get(stream), begins = name === "draft-circulated", first = this.ahead.get(stream) ?? 0;
      if (begins) {
        const round = "round" in act ? act.round : 1, same = act.symbol === wanted.symbol && round === wanted.round;
        if (!same) this.problem(PLACE, index, "stream", { kind: entry.kind, stream });
        if (!vote && entry.index === first) {
          const offices = await this.officesOf(act.procedure);
          this.votes.set(stream, { draft: act, round, offices, openings: [], unsure: false, nonces: new Set() });
        }
      }
      if (begins !== (entry.index === first)) this.problem(ACTS, index, "begins", { stream });
      const now = this.votes.get(stream);
      if (!now) {
        this.goneOn.add(stream);
        return;
      }
      if (name === "vote-cast" && act.message) this.namedMessage(index, act, wanted);
      if (name === "vote-cast" && act.ballot) await this.ballot(index, entry, now);
      if (name === "letter-sent" && act.kind === "opening") {
        now.openings.push({ digest: hex(await leafHash(bytes(raw))), snapshot: act.snapshot, number: entry.index });
      }
      if (name === "entry-voided" && now.openings.some(({ number: place }) => place === act.number)) now.unsure = true;
    }

    // Which offices may record which acts, as the procedure says that a draft names; null where it is not here.
    async officesOf(digest) {
      const raw = Object.hasOwn(this.documents, digest) ? bytes(this.documents[digest]) : null;
      if (raw === null || hex(await sha256(raw)) !== digest) return null;
      try {
        const { offices } = JSON.parse(text(raw)).recorders;
        return isObject(offices) && Object.values(offices).every(Array.isArray) ? offices : null;
      } catch {
        return null;
      }
    }

    async ballot(index, entry, vote) {
      const { act } = entry, at = micros(entry.recordedAt);
      // Which of several openings stands, or whether one was voided, the rules say, and they are not checked here.
      if (vote.unsure || vote.openings.length > 1) this.unchecked.add("opening");
      try {
        act.ballot.timestamps.forEach(({ query, token }) => [query, token].map(decode64));
        const envelope = openEnvelope(act.ballot.envelope, BALLOT), ballot = readCanonical(envelope.payload);
        const first = entry.format === "inblue-entry/1" && ballot.format === "inblue-ballot/1";
        const again = vote.nonces.has(ballot.nonce);
        vote.nonces.add(ballot.nonce);
        const grant = (this.grants.get(envelope.keyId) ?? []).find((each) => each.member === act.member &&
          this.granted(each.key, each.office, at, act.member));
        const same = isBound(ballot, vote, this.founded && this.founded.origin, first) && saysWhat(ballot, act, first);
        const held = grant && same && !again && (await signedBy(envelope, grant.public_key));
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
        const [term, ...others] = this.terms.filter((each) => each.name === line.name && each.id === line.id);
        if (!term) continue;
        if (others.some(({ vkey }) => vkey !== term.vkey)) throw new Fault("logSignature"); // two keys, one id
        const held = term.ed25519 ? await holds(term.publicKey, line.signature, utf8(body)) : null;
        if (held === null) this.unchecked.add(term.ed25519 ? "ed25519" : "mldsa");
        if (held === false) throw new Fault("logSignature");
        signers.push(term);
      }
      const checkpoint = await readCheckpoint(body);
      const term = this.terms.filter((each) => each.entry < checkpoint.size).pop() || this.terms[0];
      const signed = signers.some(({ vkey }) => vkey === term.vkey);
      if (!signed || term.name !== checkpoint.origin) throw new Fault("logSignature");
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

  // Each line is ended, and none is longer than an entry may be; otherwise the bundle is none.
  function lines(member) {
    const found = member.split("\n");
    if (found.pop() !== "" || found.some((line) => line.length > MAX_ENTRY)) throw new Fault("unreadable");
    return found;
  }

  const HASH = (value) => typeof value === "string" && /^[A-Za-z0-9+/]{43}=$/.test(value) && Boolean(hash64(value));
  const placed = (least, most) => (value) => hasFields(value, least, "path") && isIndex(value[least]) &&
    value.path.length <= most && areOf(HASH)(value.path);

  // The member log.json: the range, and the hashes that tie it to the checkpoint (docs/spec/bundle.md).
  function readLog(member) {
    const log = member.endsWith("\n") ? readCanonical(bytes(member.slice(0, -1))) : null;
    const places = log && areOf(placed("index", 64))(log.recalled) ? log.recalled.map(({ index }) => index) : [NaN];
    const fit = log && hasFields(log, "format", "start", "end", "before", "after", "recalled", "handovers", "votes") &&
      /^inblue-bundle\/[12]$/.test(log.format) && isIndex(log.start) && isIndex(log.end) && log.start < log.end &&
      [log.before, log.after].every((hashes) => areOf(HASH)(hashes) && hashes.length <= 64) &&
      log.before.length === bits(log.start) && areOf(placed("entry", 128))(log.handovers) &&
      areOf(isLine(300))(log.votes) &&
      places.every((index, at) => (at === 0 || places[at - 1] < index) && (index < log.start || index >= log.end));
    const few = fit && places.length <= MOST_GRANTS && log.handovers.length <= 1000 && !places.some(Number.isNaN);
    if (!few) throw new Fault("unreadable");
    return log;
  }

  // Run the checks over the members of a bundle: { entries, register, log, checkpoint }, and `documents`, the
  // procedures that it holds by digest.
  async function check(members) {
    if (!subtle) return { problems: [], unchecked: ["webcrypto"] };
    const log = readLog(members.log);
    const checks = new Checks(log.start, log.before.map(hash64), members.documents || {}, log.votes), recalled = [];
    const messages = [];
    const register = lines(members.register);
    const recall = async (isBefore) => {
      for (const placed of log.recalled.filter(({ index }) => index < log.start === isBefore)) {
        const raw = register[recalled.length];
        if (raw === undefined) break;
        const entry = await checks.entry(placed.index, raw);
        if (entry && entry.stream === "intake") {
          messages.push({ at: placed.index, number: entry.name === "message-observed" ? entry.act.message : entry.index });
        }
        else if (entry && entry.stream !== "register") checks.problem(CONTAINER, placed.index, "recalled");
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
    for (const { at, number } of messages) {
      if (!checks.used.has(number)) checks.problem(CONTAINER, at, "recalled");
    }
    if (register.length !== recalled.length || recalled.length !== log.recalled.length) {
      checks.problem(CONTAINER, null, "recalled");
    }
    let checkpoint = null;
    if (!checks.founded) checks.problem(FOUNDED, null, "nofounding");
    else if (checks.terms.length) {
      try {
        checkpoint = await checks.openCheckpoint(bytes(members.checkpoint));
      } catch (fault) {
        if (fault.message === "size") checks.unchecked.add("size");
        else checks.problem(LOG, null, "logSignature");
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
      other = await readCheckpoint(given.includes("\n\n") ? readNote(raw).body : given);
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

  // ---- a receipt by itself (docs/spec/receipts.md)

  const RECEIPT = ["entry", "format", "member", "proof"], NAMED = ["act", "digest", "stream"];

  function readReceipt(raw) {
    const receipt = JSON.parse(text(bytes(raw)));
    const named = receipt.format === "inblue-receipt/2" ? NAMED : ["draft"];
    const there = Object.keys(receipt).filter((name) => name !== "timestamps").sort();
    if (there.join() !== [...RECEIPT, ...named].sort().join() || !/^inblue-receipt\/[12]$/.test(receipt.format)) {
      throw new Fault("unreadable");
    }
    return receipt;
  }

  // C2SP tlog-proof, version 1: the index, the path and the checkpoint.
  function readProof(proof) {
    const gap = proof.indexOf("\n\n"), [first, ...lines] = proof.slice(0, gap).split("\n");
    if (lines.length && lines[0].startsWith("extra ")) decode64(lines.shift().slice(6));
    const index = /^index (0|[1-9]\d{0,18})$/.exec(lines[0] ?? "");
    if (gap < 0 || first !== "c2sp.org/tlog-proof@v1" || !index || lines.length > 65) throw new Fault("unreadable");
    return { index: Number(index[1]), path: lines.slice(1).map(hash64), note: utf8(proof.slice(gap + 2)) };
  }

  const found = (held) => (held === null ? "unknown" : held ? "holds" : "broken");

  // Whether one of the log's keys has signed a checkpoint; null where none is known, or browsers do not know its kind.
  async function signedByLog({ body, signatures }, origin, logKeys) {
    let unknown = logKeys.length === 0, signed = false;
    for (const vkey of logKeys) {
      const key = await readVkey(vkey), line = signatures.find(({ name, id }) => name === key.name && id === key.id);
      if (!line || key.name !== origin) continue;
      const held = key.ed25519 ? await holds(key.publicKey, line.signature, utf8(body)) : null;
      if (held === false) return false;
      unknown = unknown || held === null;
      signed = signed || held === true;
    }
    return signed || (unknown ? null : false);
  }

  // What a receipt shows, with the keys that come with it: { receipt, log_keys, officers, members }, as the page has them.
  async function checkReceipt({ receipt: raw, log_keys: logKeys, officers, members }) {
    const receipt = readReceipt(raw), entry = readEntry(receipt.entry), proof = readProof(receipt.proof);
    const leaf = await leafHash(bytes(receipt.entry)), note = readNote(proof.note);
    const checkpoint = await readCheckpoint(note.body), { act, stream } = entry;
    if (entry.name !== "vote-cast") throw new Fault("unreadable");
    const places = receipt.format === "inblue-receipt/1" ? stream === `vote:${receipt.draft}` :
      stream === receipt.stream && entry.index === receipt.act && hex(leaf) === receipt.digest;
    const signed = async (envelope, key) => (key === undefined ? null : signedBy(envelope, key));
    const answers = { reply: found(places && act.member === receipt.member) };
    const own = entry.envelope.keyId === entry.key;
    answers.signature = own ? found(await signed(entry.envelope, officers[entry.key])) : "broken";
    if (act.ballot) {
      const envelope = openEnvelope(act.ballot.envelope, BALLOT), ballot = readCanonical(envelope.payload);
      const [whose, key] = members[envelope.keyId] ?? [act.member, undefined];
      const says = whose === act.member && saysWhat(ballot, act, ballot.format === "inblue-ballot/1");
      answers.ballot = says ? found(await signed(envelope, key)) : "broken";
    }
    answers.inclusion = found(await includes(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root));
    answers.checkpoint = found(await signedByLog(note, checkpoint.origin, logKeys));
    return answers;
  }

  // On a narrow screen what is long is folded until somebody opens it. On paper it is open, and where a link leads into it.
  function foldLong() {
    const narrow = matchMedia("(max-width: 45.99rem)"), all = [...document.querySelectorAll("details[data-fold]")];
    const open = (wide) => all.forEach((each) => Object.assign(each, { open: wide }));
    const reveal = () => {
      const at = here(location.hash.slice(1));
      for (let up = at; up; up = up.parentElement) if (up.matches("details")) up.open = true;
      for (const own of at ? at.querySelectorAll("details[data-fold]") : []) own.open = own.open || at.matches("article");
      if (at) at.scrollIntoView();
    };
    open(!narrow.matches);
    narrow.addEventListener("change", () => open(!narrow.matches));
    addEventListener("hashchange", reveal);
    addEventListener("beforeprint", () => open(true));
    addEventListener("afterprint", () => open(!narrow.matches));
    if (location.hash.length > 1) reveal();
  }

  async function runReceipt() {
    const words = read("words"), evidence = read("receipt"), lead = here("here");
    let answers = null;
    try {
      answers = subtle ? await checkReceipt(evidence) : {};
    } catch {
      answers = { reply: "broken" };
    }
    const all = Object.values(answers), state = all.includes("broken") ? "broken" :
      !all.length || all.includes("unknown") ? "unchecked" : "holds";
    lead.dataset.verdict = state;
    lead.querySelector(".said").textContent = said(words, all.length ? `lead-${state}` : "webcrypto", {});
    for (const cell of document.querySelectorAll("[data-here]")) {
      const answer = answers[cell.dataset.here] ?? "unknown";
      cell.textContent = said(words, answer, {});
      cell.dataset.state = answer;
    }
    here("compare").hidden = false;
    here("compare-button").addEventListener("click", () => {
      const pasted = here("pasted").value.replace(/\s/g, ""), answer = here("compared");
      answer.dataset.answer = !pasted ? "nothing" : evidence.log_keys.includes(pasted) ? "same" : "other";
      answer.textContent = said(words, answer.dataset.answer, {});
    });
    document.documentElement.dataset.checked = "yes";
  }

  // ---- the page

  // Which checks are not whole when something was not checked.
  const SKIPPED = {
    ed25519: [SIGNATURE, LOG], mldsa: [LOG], size: [LOG], procedure: [AUTHORITY], opening: [SIGNATURE],
    disowned: [AUTHORITY], part: [MESSAGES],
  };

  // Characters that act, or are not seen, written out: what stands in an entry others have written.
  const inert = (value) => String(value).replace(HOSTILE, (char) =>
    `<U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`);
  const HOSTILE = new RegExp(`[${[
    "\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f",
    "\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ue000-\\uf8ff\\ufdd0-\\ufdef\\ufe00-\\ufe0f\\ufeff\\uffa0",
    "\\ufff0-\\ufffb\\ufffe\\uffff\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{10ffff}",
  ].join("")}]`, "gu");

  const here = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(here(id).textContent);
  const said = (words, name, values) =>
    (words[name] || name).replace(/\{(\w+)\}/g, (whole, key) => (key in values ? inert(values[key]) : whole));

  function show(words, found) {
    const broken = found.problems.length > 0, partly = found.unchecked.length > 0;
    const hashes = !found.unchecked.includes("webcrypto");
    const signatures = found.unchecked.every((name) => name === "ed25519" || name === "mldsa");
    const state = broken ? "broken" : partly ? "unchecked" : "holds";
    const part = signatures ? "saysPartly" : "saysInPart";
    const lead = broken ? "saysBroken" : !partly ? "saysHolds" : hashes ? part : "saysUnchecked";
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
      const skipped = !hashes || found.unchecked.some((name) => (SKIPPED[name] || []).includes(number));
      cell.textContent = said(words, fails ? "fails" : skipped ? "skipped" : "passes", {});
      cell.dataset.state = fails ? "broken" : skipped ? "unchecked" : "holds";
    }
  }

  async function run() {
    foldLong();
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

  return {
    check, checkReceipt, compare, run, runReceipt,
    extendsTo, holds, includes, isAct, isBound, isStrict, isStrong, readVkey, voteIn,
  };
})();

if (globalThis.document && document.getElementById("evidence")) inblue.run();
if (globalThis.document && document.getElementById("receipt")) inblue.runReceipt();

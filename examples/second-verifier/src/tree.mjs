// The tree of RFC 9162, section 2.1 (LOG-1 to LOG-3), as far as what is shown gives it.

import { concat, equal, sha256 } from './bytes.mjs';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const EMPTY = sha256(new Uint8Array());
export const leafHash = (bytes) => sha256(concat(LEAF, bytes));
export const nodeHash = (left, right) => sha256(concat(NODE, left, right));

/** The largest power of two smaller than `count`. Sizes may lie beyond 32 bits, so no bit operations. */
export function splitOf(count) {
  let half = 1;
  while (half * 2 < count) half *= 2;
  return half;
}

function isPower(count) {
  let power = 1;
  while (power < count) power *= 2;
  return power === count;
}

/** The root that an inclusion path gives (RFC 9162, 2.1.3.2), or null where its length is wrong. */
export function rootByInclusion(index, size, leaf, path) {
  if (index < 0 || index >= size || path.length > 64) return null;
  let at = index;
  let last = size - 1;
  let root = leaf;
  for (const hash of path) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      root = nodeHash(hash, root);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      root = nodeHash(root, hash);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : null;
}

/** Whether a path shows that the tree of `first` entries begins the one of `second` (RFC 9162, 2.1.4.2). */
export function isConsistent(first, firstRoot, second, secondRoot, path) {
  if (first < 1 || first > second || path.length > 128) return false;
  if (first === second) return path.length === 0 && equal(firstRoot, secondRoot);
  const hashes = isPower(first) ? [firstRoot, ...path] : path;
  if (hashes.length === 0) return false;
  let at = first - 1;
  let last = second - 1;
  while (at % 2 === 1) {
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  let one = hashes[0];
  let two = hashes[0];
  for (const hash of hashes.slice(1)) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      one = nodeHash(hash, one);
      two = nodeHash(hash, two);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      two = nodeHash(two, hash);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equal(one, firstRoot) && equal(two, secondRoot);
}

/** The nodes that cover `low` to `high` within a tree of `size`, from the left: [from, to] of each. */
export function coverOf(low, high, size) {
  const found = [];
  const visit = (from, to) => {
    if (to <= low || from >= high) return;
    if (low <= from && to <= high) return void found.push([from, to]);
    const middle = from + splitOf(to - from);
    visit(from, middle);
    visit(middle, to);
  };
  if (low < high) visit(0, size);
  return found;
}

/** The whole subtrees that the first `size` entries are made of, the largest first: [from, to] of each. */
export function wholesOf(size) {
  const found = [];
  let from = 0;
  let left = size;
  while (left > 0) {
    let width = 1;
    while (width * 2 <= left) width *= 2;
    found.push([from, from + width]);
    from += width;
    left -= width;
  }
  return found;
}

/** What nodes are known of one log's tree. What is put first stays: what is shown counts before what is claimed. */
export class KnownTree {
  constructor() {
    this.nodes = new Map();
    this.roots = new Map([[0, EMPTY]]);
  }

  /** Put the node over `from` to `to`. Of whole nodes, parents follow as soon as both halves are known. */
  put(from, to, hash) {
    let low = from;
    let high = to;
    let value = hash;
    for (;;) {
      const name = `${low}-${high}`;
      if (this.nodes.has(name)) return;
      this.nodes.set(name, value);
      const width = high - low;
      if (!isPower(width) || low % width !== 0) return;
      const isLeft = (low / width) % 2 === 0;
      const other = isLeft ? this.nodes.get(`${high}-${high + width}`) : this.nodes.get(`${low - width}-${low}`);
      if (!other) return;
      value = isLeft ? nodeHash(value, other) : nodeHash(other, value);
      if (isLeft) high += width;
      else low -= width;
    }
  }

  leaf(index) {
    return this.nodes.get(`${index}-${index + 1}`) ?? null;
  }

  /** The root of the first `size` entries, or null where what is shown does not give it. */
  root(size) {
    const held = this.roots.get(size);
    if (held) return held;
    const root = this.node(0, size);
    if (root) this.roots.set(size, root);
    return root;
  }

  node(from, to) {
    let high = to;
    const lefts = [];
    let low = from;
    // Down the right edge: the left halves there are whole, so they are known by now or not at all.
    for (;;) {
      const held = this.nodes.get(`${low}-${high}`);
      if (held) {
        let root = held;
        while (lefts.length) root = nodeHash(lefts.pop(), root);
        return root;
      }
      if (high - low < 2) return null;
      const middle = low + splitOf(high - low);
      const left = this.nodes.get(`${low}-${middle}`);
      if (!left) return null;
      lefts.push(left);
      low = middle;
    }
  }
}

/** The places of the hashes of an inclusion path in a tree of `size`, from the leaf upwards. */
export function pathPlaces(index, size) {
  const found = [];
  let low = 0;
  let high = size;
  while (high - low > 1) {
    const middle = low + splitOf(high - low);
    if (index < middle) {
      found.push([middle, high]);
      high = middle;
    } else {
      found.push([low, middle]);
      low = middle;
    }
  }
  return found.reverse();
}

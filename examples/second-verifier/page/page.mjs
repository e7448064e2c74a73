// The page: files are chosen or dropped, and checked on this machine. It asks for nothing from any network.

import { verifyAside } from './aside.mjs';
import { showReport } from './report.mjs';

const KINDS = ['bundle', 'trust', 'against'];
const LARGEST_BESIDE = 2_000_000;
const held = { bundle: null, trust: null, against: [] };
let isBusy = false;

const byId = (id) => document.getElementById(id);

function refresh() {
  byId('check').disabled = held.bundle === null || isBusy;
}

/** What a dropped file is, by its first bytes: a zip, a trust file, or something that a member holds. */
async function sortFile(file) {
  const head = new TextDecoder().decode(await file.slice(0, 4).arrayBuffer());
  if (head.startsWith('PK') || /\.zip$/i.test(file.name)) return 'bundle';
  const text = file.size <= LARGEST_BESIDE ? await file.text() : '';
  return /"format"\s*:\s*"inblue-trust\//.test(text) ? 'trust' : 'against';
}

function put(kind, files) {
  held[kind] = kind === 'against' ? files : (files[0] ?? null);
  refresh();
}

async function takeDropped(files) {
  const sorted = { bundle: [], trust: [], against: [] };
  for (const file of files) sorted[await sortFile(file)].push(file);
  for (const kind of KINDS) {
    const found = kind === 'against' ? sorted[kind] : sorted[kind].slice(0, 1);
    if (!found.length) continue;
    const transfer = new DataTransfer();
    found.forEach((file) => transfer.items.add(file));
    byId(kind).files = transfer.files;
    put(kind, [...transfer.files]);
  }
  if (held.bundle) await check();
}

const bytesOf = async (file) => new Uint8Array(await file.arrayBuffer());

// A frame, so that the page says that it is busy before it is.
const isShown = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve, 0));
  });

async function check() {
  if (isBusy) return;
  isBusy = true;
  refresh();
  const place = byId('report');
  const say = (text) => {
    byId('state').textContent = text;
  };
  place.replaceChildren();
  say('Checking. A large bundle takes a while.');
  await isShown();
  try {
    const trust = held.trust ? await bytesOf(held.trust) : null;
    const against = await Promise.all(held.against.map(bytesOf));
    const report = await verifyAside(await bytesOf(held.bundle), { trust, against });
    showReport(place, report, { name: held.bundle.name, trust, against });
    byId('print').hidden = false;
    say('');
  } catch {
    say('A file could not be read. Choose it again.');
  }
  isBusy = false;
  refresh();
  place.focus();
}

export function startPage() {
  for (const kind of KINDS) byId(kind).addEventListener('change', (event) => put(kind, [...event.target.files]));
  const drop = byId('drop');
  drop.addEventListener('submit', (event) => {
    event.preventDefault();
    if (held.bundle) check();
  });
  byId('print').addEventListener('click', () => print());
  for (const name of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle('over', name === 'dragover');
      if (name === 'drop') takeDropped([...event.dataTransfer.files]);
    });
  }
  // A browser that brings the page back may have kept what was chosen.
  for (const kind of KINDS) put(kind, [...byId(kind).files]);
}

// The page: files are chosen or dropped, and checked in this window. It asks for nothing from any network.

import { verifyBundle } from '../src/verify.mjs';
import { showReport } from './report.mjs';

const byId = (id) => document.getElementById(id);
const inputs = { bundle: byId('bundle'), trust: byId('trust'), against: byId('against') };
const held = { bundle: null, trust: null, against: [] };

function refresh() {
  byId('check').disabled = held.bundle === null;
}

/** What a dropped file is, by its first bytes: a zip, a trust file, or something a member holds. */
async function sortFile(file) {
  const head = new TextDecoder().decode(await file.slice(0, 4).arrayBuffer());
  if (head.startsWith('PK') || /\.zip$/i.test(file.name)) return 'bundle';
  const text = file.size <= 2_000_000 ? await file.text() : '';
  return /"format"\s*:\s*"inblue-trust\//.test(text) ? 'trust' : 'against';
}

function put(kind, files) {
  if (kind === 'against') held.against = files;
  else held[kind] = files[0] ?? null;
  refresh();
}

async function dropped(files) {
  const sorted = { bundle: [], trust: [], against: [] };
  for (const file of files) sorted[await sortFile(file)].push(file);
  for (const [kind, found] of Object.entries(sorted)) {
    if (!found.length) continue;
    const transfer = new DataTransfer();
    (kind === 'against' ? found : found.slice(0, 1)).forEach((file) => transfer.items.add(file));
    inputs[kind].files = transfer.files;
    put(kind, [...transfer.files]);
  }
  if (held.bundle) await check();
}

const bytesOf = async (file) => new Uint8Array(await file.arrayBuffer());
// Two frames, so that the page says that it is busy before it is.
const shown = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve, 0));
  });

async function check() {
  const place = byId('report');
  place.textContent = 'Checking. A large bundle takes a while.';
  byId('check').disabled = true;
  await shown();
  try {
    const trust = held.trust ? await bytesOf(held.trust) : null;
    const against = await Promise.all(held.against.map(bytesOf));
    const report = verifyBundle(await bytesOf(held.bundle), { trust, against });
    showReport(place, report, { name: held.bundle.name, trust, against });
  } catch {
    place.textContent = 'A file could not be read. Choose it again.';
  }
  byId('print').hidden = false;
  refresh();
  place.focus();
}

for (const [kind, input] of Object.entries(inputs)) input.addEventListener('change', () => put(kind, [...input.files]));
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
    if (name === 'drop') dropped([...event.dataTransfer.files]);
  });
}
refresh();

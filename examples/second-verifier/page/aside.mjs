// The work beside the window: the same program runs as a worker, so that the page answers while a large bundle is
// checked. Where a browser allows no worker, the work is done in the window.

import { verifyBundle } from '../src/verify.mjs';

export const isWorker = typeof document === 'undefined';
const source = isWorker ? null : (document.currentScript?.textContent ?? null);

export function answerAsWorker() {
  self.addEventListener('message', ({ data }) => self.postMessage(verifyBundle(data.bundle, data.given)));
}

function workerOf() {
  const address = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    return new Worker(address);
  } finally {
    // The worker has its program by then, or never will.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }
}

/** The report on a bundle. */
export function verifyAside(bundle, given) {
  return new Promise((resolve) => {
    const here = () => resolve(verifyBundle(bundle, given));
    let worker = null;
    try {
      worker = source ? workerOf() : null;
    } catch {
      worker = null;
    }
    if (!worker) return here();
    const done = (report) => {
      worker.terminate();
      resolve(report);
    };
    worker.addEventListener('message', ({ data }) => done(data));
    worker.addEventListener('error', () => {
      worker.terminate();
      here();
    });
    worker.postMessage({ bundle, given });
    return undefined;
  });
}

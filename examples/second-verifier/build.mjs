// Makes verify.html, or with --check compares it: the program, its style and the page as one file that asks for nothing
// else. The same sources give the same bytes: no date, no name of a machine, and pinned libraries.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const digest = (text) => createHash('sha256').update(text).digest('base64');
const put = (page, mark, text) => {
  if (page.split(mark).length !== 2) throw new Error(`${mark} must be in the page once`);
  return page.split(mark).join(text);
};

const made = await build({
  absWorkingDir: here('.'),
  entryPoints: ['page/start.mjs'],
  bundle: true,
  write: false,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'ascii',
  legalComments: 'none',
});
const notice =
  '/* Has parts of noble-curves, noble-hashes and noble-post-quantum: MIT License, (c) Paul Miller (paulmillr.com). */\n';
const program = `${notice}${made.outputFiles[0].text}`;
const style = readFileSync(here('page/style.css'), 'utf8');
let page = readFileSync(here('page/page.html'), 'utf8');
page = put(page, 'SCRIPT', digest(program));
page = put(page, "STYLE'", `${digest(style)}'`);
page = put(page, 'STYLESHEET', style);
page = put(page, 'PROGRAM', program);
if (process.argv.includes('--check')) {
  if (readFileSync(here('verify.html'), 'utf8') !== page) throw new Error('verify.html is not what its sources give');
} else {
  writeFileSync(here('verify.html'), page);
}

/**
 * Writes the generated parts of the documents:  node bench/report.mjs [FILE…]
 *
 * FILEs are what `scripts/bench` and `scripts/scale` have written (default: those of target/bench). What the documents
 * need of them is kept in docs/performance/results.json, from which `--again` writes them anew.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { fillIn, pictures, sections } from './document.mjs';
import { condensed } from './results.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const FOLDER = path.join(ROOT, 'docs/performance');
const KEPT = path.join(FOLDER, 'results.json');
const DOCUMENTS = ['docs/performance.md', 'docs/tuning.md'].map((name) => path.join(ROOT, name));

const read = (/** @type {string} */ file) => JSON.parse(readFileSync(file, 'utf8'));
const target = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target');
const given = process.argv.slice(2);

mkdirSync(FOLDER, { recursive: true });
if (given[0] !== '--again') {
  const usual = ['bench.json', 'scale.json'].map((name) => path.join(target, 'bench', name)).filter((file) => existsSync(file));
  writeFileSync(KEPT, JSON.stringify(condensed((given.length > 0 ? given : usual).map(read)), null, 1) + '\n');
}
/** @type {import('./results.mjs').Results} */
const results = read(KEPT);
const parts = sections(results);
for (const file of DOCUMENTS) writeFileSync(file, fillIn(readFileSync(file, 'utf8'), parts));
for (const [name, text] of Object.entries(pictures(results))) writeFileSync(path.join(FOLDER, name), text);

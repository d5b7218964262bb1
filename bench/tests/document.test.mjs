import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { fillIn, pictures, sections } from '../document.mjs';
import { condensed } from '../results.mjs';

const DOCS = path.join(import.meta.dirname, '../../docs');
const read = (/** @type {string} */ name) => readFileSync(path.join(DOCS, name), 'utf8');

test('marked parts are replaced, all others stay', () => {
  const text = 'a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n<!-- begin y -->\nkept\n<!-- end y -->\n';
  assert.equal(
    fillIn(text, { x: 'new $1' }),
    'a\n<!-- begin x -->\nnew $1\n<!-- end x -->\nb\n<!-- begin y -->\nkept\n<!-- end y -->\n',
  );
});

test('later results replace the rows that they have', () => {
  const run = (/** @type {string} */ row, /** @type {string} */ server, /** @type {number} */ receivers) => ({ row, server, round: 1, result: { receivers, x: 1 } });
  /** @type {any} */
  const about = {};
  const { bench } = condensed([{ about, runs: [run('a', 's', 1), run('b', 's', 2)] }, { about, runs: [run('a', 's', 3)] }]);
  assert.deepEqual(bench.runs.map(({ row, result }) => [row, result]), [['b', { receivers: 2 }], ['a', { receivers: 3 }]]);
});

test('the documents say what the results say', () => {
  const results = JSON.parse(read('performance/results.json'));
  const parts = sections(results);
  for (const name of ['performance.md', 'tuning.md']) {
    assert.equal(read(name), fillIn(read(name), parts), `docs/${name}: run node bench/report.mjs --again`);
  }
  for (const [name, text] of Object.entries(pictures(results))) {
    assert.equal(read(`performance/${name}`), text, `docs/performance/${name}: run node bench/report.mjs --again`);
  }
});

import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { CODES, sectionAddress } from '../../static/lab/codes.js';
import { TRIALS } from '../../static/lab/trials.js';
import { STEPS } from '../../static/lab/tour.js';
import { LAB_WORDS } from '../../static/lab/words.js';

const ROOT = path.join(import.meta.dirname, '../..');
const words = /** @type {Record<string, unknown>} */ (LAB_WORDS.en);

test('the lab speaks both languages, with the same keys in the same order', () => {
  assert.deepEqual(Object.keys(LAB_WORDS.zh), Object.keys(LAB_WORDS.en));
  for (const [key, word] of Object.entries(LAB_WORDS.zh)) assert.equal(typeof word, typeof words[key], key);
});

test('nothing is empty, and no gap stays unfilled', () => {
  const filling = new Proxy({}, { get: (_, name) => (name === 'text' || name === 'reason' ? 'this' : 7) });
  for (const spoken of Object.values(LAB_WORDS)) {
    for (const [key, word] of Object.entries(spoken)) {
      // These are filled with whole frames: see lab-reports.test.mjs.
      if (key.startsWith('report-')) continue;
      const text = typeof word === 'string' ? word : /** @type {(filling: object) => string} */ (word)(filling);
      assert.ok(text.trim().length > 0, key);
      assert.doesNotMatch(text, /undefined|NaN|\[object/, key);
    }
  }
});

test('every code of the protocol stands in the table, and each has its meaning', async () => {
  const text = await readFile(path.join(ROOT, 'docs/protocol.md'), 'utf8');
  const table = text.slice(text.indexOf('## Close codes'), text.indexOf('## Coming back'));
  const told = new Set([...table.matchAll(/^\| (\d{4}) \|/gm)].map((match) => Number(match[1])));
  assert.ok(told.size > 8);
  const shown = new Set(CODES.map(({ code }) => Number(code)));
  for (const code of told) {
    assert.ok(shown.has(code), `${code} is missing`);
    assert.notEqual(CODES.find((row) => row.code === code)?.sent, 'nobody', `${code} is sent`);
  }
  for (const { code } of CODES) assert.equal(typeof words[`code-${code}`], 'string');
});

test('a section leads to its place in RFC 6455', () => {
  assert.equal(sectionAddress('7.4.1, 10.4'), 'https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1');
});

test('every experiment has its words, and every source that one names is there', async () => {
  for (const { name, sources } of TRIALS) {
    assert.ok(words[`trial-${name}`] && words[`trial-${name}-will`], name);
    for (const source of sources) await access(path.join(ROOT, source));
  }
});

test('every step and every goal of the tour has its words', () => {
  STEPS.forEach(({ goals }, step) => {
    for (const part of ['title', 'text', 'do']) assert.equal(typeof words[`tour-${step + 1}-${part}`], 'string');
    for (const goal of goals) assert.equal(typeof words[`goal-${goal}`], 'string');
  });
});

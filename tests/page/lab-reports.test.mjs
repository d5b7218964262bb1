/** Holds what the lab makes of the server's reports to the examples in docs/lab.md. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { emptyModel, fold, read } from '../../static/lab/model.js';
import { goalsOfReport, reportSentence } from '../../static/lab/reports.js';
import { LAB_WORDS } from '../../static/lab/words.js';

const TEXT = await readFile(path.join(import.meta.dirname, '../../docs/lab.md'), 'utf8');
const LINES = [...TEXT.matchAll(/^\{"type":"lab","seq".*$/gm)].map(([line]) => line);

const OWN = { type: 'auth', user: { id: 'a', name: 'Ada' }, socket: '0000000001000004', protocol: 'tertulia.v1', heartbeat: { interval: 0, timeout: 0 }, limits: { text: 0, frames: 0 }, epoch: 'e' };

/**
 * @param {string} data
 * @param {number} [n]
 */
const heard = (data, n = 1) => read({ n, at: 5, socket: 1, kind: 'in', data });

/** @param {string[]} frames */
const folded = (frames) => [JSON.stringify(OWN), ...frames].reduce((model, frame, n) => fold(model, heard(frame, n)), emptyModel());

/** @param {string} kind */
const of = (kind) => LINES.filter((line) => JSON.parse(line).kind === kind);

/** @param {string} line */
function reportIn(line) {
  const happening = heard(line);
  assert.equal(happening.kind, 'report', line);
  return /** @type {Extract<typeof happening, { kind: 'report' }>} */ (happening).report;
}

test('every report of the documents has a sentence in both languages', () => {
  assert.ok(LINES.length >= 20);
  for (const line of LINES) {
    const report = reportIn(line);
    if (report.kind === 'watching') continue;
    for (const words of Object.values(LAB_WORDS)) {
      const text = reportSentence(words, report);
      assert.notEqual(text, report.kind, `${line} has no sentence`);
      assert.doesNotMatch(text, /undefined|NaN|null|\[object/, line);
    }
    assert.match(String(report.source), /^src\/.*\.rs$/);
  }
});

test('a report of a newer server shows its kind', () => {
  assert.equal(reportSentence(LAB_WORDS.en, reportIn('{"type":"lab","seq":1,"at":"","kind":"constructor"}')), 'constructor');
});

test('the handshake of this socket comes with its interceptors, in their order', () => {
  const { handshake } = folded([...of('handshake'), ...of('interceptor')]);
  assert.equal(handshake?.request.line, 'GET /ws?lab=1 HTTP/1.1');
  assert.equal(handshake?.answer.line, 'HTTP/1.1 101 Switching Protocols');
  assert.deepEqual(handshake?.interceptors.map(({ name }) => name), ['host', 'origin', 'form', 'permits', 'http-session']);
  assert.deepEqual(handshake?.request.headers.find(([name]) => name === 'cookie'), ['cookie', 'tertulia=••••']);
});

test('the handshake of another tab is not taken for this one', () => {
  const foreign = of('handshake').map((line) => line.replace('0000000001000004', '0000000009000009'));
  assert.equal(folded(foreign).handshake, null);
});

test('pongs give round trips, the queue its bytes, the grace its length', () => {
  const model = folded([...of('pong'), ...of('queue'), ...of('grace')]);
  assert.deepEqual(model.trips.map(({ by, ms }) => [by, ms]), [['ping', 0.412]]);
  assert.deepEqual([model.queue, model.grace], [18213, 3000]);
});

test('the answer to watching is where the journal stands', () => {
  const watching = of('watching')[0] ?? '';
  const model = folded([...of('refused'), watching]);
  assert.equal(model.seq, 9, 'a journal that has forgotten is read from where it is now');
  assert.equal(model.watch?.foreign, JSON.parse(watching).foreign);
});

test('goals of the tour come from what the server saw', () => {
  const goals = LINES.flatMap((line) => goalsOfReport(reportIn(line)));
  assert.deepEqual(new Set(goals), new Set(['cookie', 'switched', 'judged', 'dropped', 'pinged', 'ponged', '403']));
  const offline = of('told').map((line) => line.replace('"type":"dropped"', '"type":"offline"'));
  assert.ok(offline.some((line) => goalsOfReport(reportIn(line)).includes('left')));
  const unmasked = of('handshake').map((line) => line.replace('••••', 'secret'));
  assert.ok(!unmasked.some((line) => goalsOfReport(reportIn(line)).includes('cookie')), 'a cookie in the clear is no goal');
  const unasked = '{"type":"lab","seq":1,"at":"","kind":"pong","micros":null}';
  assert.deepEqual(goalsOfReport(reportIn(unasked)), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { emptyModel, read } from '../../static/lab/model.js';
import { FEEDS, LINES, begin, floodSize, follow, graceOf, overlongSize, sentence, willSentence } from '../../static/lab/trials.js';
import { LAB_WORDS } from '../../static/lab/words.js';

/** @typedef {import('../../static/lab/types.d.ts').TapeEntry} TapeEntry */
/** @typedef {import('../../static/lab/types.d.ts').Run} Run */

let count = 0;

/** @param {object} what @param {number} [socket] */
const entry = (what, socket = 1) => /** @type {TapeEntry} */ ({ n: (count += 1), at: 1000, socket, ...what });
/** @param {object} frame @param {number} [socket] */
const heard = (frame, socket) => entry({ kind: 'in', data: JSON.stringify(frame) }, socket);
/** @param {object} told @param {number} [socket] */
const told = (told, socket) => heard({ type: 'lab', seq: 1, at: '2026-11-25T17:43:03.000Z', where: 'src/x.rs', ...told }, socket);
/** @param {Run} run @param {TapeEntry[]} entries */
const after = (run, ...entries) => entries.reduce((run, entry) => follow(run, read(entry)), run);
/** @param {Run} run */
const text = (run) => run.lines.map((line) => sentence(LAB_WORDS.en, line));

const CLOSED = entry({ kind: 'state', state: 'CLOSED', code: 1006, reason: '', wasClean: false });
const AUTH = /** @type {any} */ ({ heartbeat: { interval: 20_000, timeout: 45_000 }, limits: { text: 65_536, frames: 100 } });

test('an ending is told from the end to the return, and is then over', () => {
  const run = after(
    begin('vanish', 1, 0, true),
    told({ kind: 'command', do: 'vanish' }),
    CLOSED,
    entry({ kind: 'state', state: 'OPEN' }, 2),
    told({ kind: 'ended', ending: 'lost', code: 1006, reason: '', by: 'network', loss: 'connection-lost' }, 2),
    told({ kind: 'told', sockets: 2, frame: { type: 'dropped', reason: 'connection-lost' } }, 2),
  );
  assert.ok(!run.isOver);
  assert.match(text(run).join('\n'), /closed with 1006[^]*Back: a new socket[^]*told dropped, connection-lost/);
  assert.ok(after(run, told({ kind: 'joined', sockets: 1, first: true }, 2)).isOver);
});

test('what another tab does ends nothing', () => {
  const run = after(begin('close', 1, 0, true), told({ kind: 'joined', sockets: 2, first: false }));
  assert.ok(!run.isOver);
});

test('a flood is one line with a number', () => {
  const typing = () => entry({ kind: 'out', data: '{"type":"typing"}' });
  const run = after(begin('flood', 1, 0, false), typing(), typing(), typing());
  assert.deepEqual(text(run), ['The page sent typing (17 B). ×3']);
});

test('the page\'s wishes to the lab are no part of what happened', () => {
  const run = after(begin('close', 1, 0, false), entry({ kind: 'out', data: '{"type":"lab","do":"watch"}' }), heard({ type: 'user-list' }));
  assert.deepEqual(run.lines, []);
});

test('an experiment that ends nothing is over with its answer', () => {
  assert.ok(after(begin('text', 1, 0, false), heard({ type: 'server-time' })).isOver);
  assert.ok(after(begin('json', 1, 0, false), heard({ type: 'error', code: 'unknown-command' })).isOver);
  assert.ok(follow(begin('origin', 1, 0, false), { kind: 'knock', isOpen: true }).isOver);
});

test('a knock is over when the browser and the server have both told of it, in whichever order', () => {
  const refused = told({ kind: 'refused', status: 403, code: 'origin-refused', asked: [] });
  const failed = /** @type {const} */ ({ kind: 'knock', isOpen: false });
  const first = follow(begin('origin', 1, 0, false), failed);
  assert.ok(!first.isOver && after(first, refused).isOver);
  const last = after(begin('origin', 1, 0, false), refused);
  assert.ok(!last.isOver && follow(last, failed).isOver);
});

test('the end of a deafened socket is counted down to when the server says', () => {
  const run = after(begin('deaf', 1, 0, false), told({ kind: 'command', do: 'deafen', evicts_in: 45_000 }));
  assert.equal(run.evictsAt, Date.parse('2026-11-25T17:43:48.000Z'));
});

test('no experiment tells more than can be read', () => {
  const lines = Array.from({ length: 2 * LINES }, (_, n) => told({ kind: 'told', sockets: n, frame: { type: 'online' } }));
  assert.equal(after(begin('close', 1, 0, false), ...lines).lines.length, LINES);
});

test('limits tell how large a flood and how long a frame must be, and whether one can be too much', () => {
  const model = { ...emptyModel(), auth: AUTH };
  assert.ok((floodSize(model) ?? 0) > 1000);
  assert.equal(overlongSize(model), 3 * 65_536 + 1025);
  const none = { ...model, auth: { ...AUTH, limits: { text: 0, frames: 0 }, heartbeat: { interval: 0, timeout: 0 } } };
  for (const name of /** @type {const} */ (['flood', 'long', 'deaf', 'origin'])) {
    assert.equal(willSentence(LAB_WORDS.en, name, none, 'unmasked').isPossible, false, name);
  }
});

test('the grace is what the server last said', () => {
  assert.equal(graceOf(emptyModel()), 3000);
  assert.equal(graceOf({ ...emptyModel(), grace: 500 }), 500);
});

test('bytes that are fed are whole bytes, and shown as such', () => {
  for (const bytes of Object.values(FEEDS)) assert.match(bytes, /^([0-9a-f]{2}){4,}$/);
  assert.match(willSentence(LAB_WORDS.en, 'feed', emptyModel(), 'unmasked').text, /81 02 68 69\./);
});

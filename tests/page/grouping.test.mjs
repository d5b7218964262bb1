import assert from 'node:assert/strict';
import { test } from 'node:test';

import { beginsDay, changes, continues, news } from '../../static/view/log/grouping.js';

const ADA = { id: 'aaaaaaaaaaaaaaaa', name: 'Ada' };
const BEA = { id: 'bbbbbbbbbbbbbbbb', name: 'Bea' };

/**
 * @param {import('../../static/types.d.ts').User} user
 * @param {string} at
 * @param {number} [key]
 * @returns {import('../../static/types.d.ts').Entry}
 */
const line = (user, at, key = 1) => ({ key, kind: 'chat', id: key, user, text: 'hello', at });
/** @type {import('../../static/types.d.ts').Entry} */
const GAP = { key: 1, kind: 'gap', gap: 'missed', lines: 3 };
/** @type {import('../../static/types.d.ts').Entry} */
const CAME = { key: 1, kind: 'presence', change: 'online', user: BEA, at: '2026-11-25T12:01:00.000Z' };

test('a day begins with the first line, on another date, and behind a gap', () => {
  const noon = line(ADA, '2026-11-25T12:00:00.000Z');
  const table = /** @type {const} */ ([
    [noon, undefined, true],
    [line(ADA, '2026-11-25T12:04:00.000Z'), noon, false],
    [line(ADA, '2026-11-27T12:00:00.000Z'), noon, true],
    [line(ADA, '2026-11-25T12:04:00.000Z'), GAP, true],
    [CAME, noon, false],
    [GAP, noon, false],
  ]);
  for (const [entry, previous, expected] of table) assert.equal(beginsDay(entry, previous), expected);
});

test('a line continues one of the same author within five minutes, and nothing else', () => {
  const noon = line(ADA, '2026-11-25T12:00:00.000Z');
  const table = /** @type {const} */ ([
    [line(ADA, '2026-11-25T12:04:59.999Z'), noon, true],
    [line(ADA, '2026-11-25T12:05:00.000Z'), noon, false],
    [line(BEA, '2026-11-25T12:01:00.000Z'), noon, false],
    [line({ ...ADA, name: 'Ada II' }, '2026-11-25T12:01:00.000Z'), noon, false],
    [line(ADA, '2026-11-25T11:59:00.000Z'), noon, false],
    [line(ADA, '2026-11-27T12:00:00.000Z'), noon, false],
    [line(ADA, '2026-11-25T12:01:00.000Z'), CAME, false],
    [line(ADA, '2026-11-25T12:01:00.000Z'), GAP, false],
    [line(ADA, '2026-11-25T12:01:00.000Z'), undefined, false],
    [CAME, noon, false],
  ]);
  for (const [entry, previous, expected] of table) assert.equal(continues(entry, previous), expected);
});

/** @param {number[]} keys */
const log = (...keys) => keys.map((key) => line(BEA, '2026-11-25T12:00:00.000Z', key));

test('what is new stands at the beginning or at the end', () => {
  const table = /** @type {const} */ ([
    [log(1, 2, 3), null, { older: 0, newer: 0 }],
    [log(1, 2, 3), { first: 1, last: 3 }, { older: 0, newer: 3 }],
    [log(1, 2, 3), { first: 1, last: 2 }, { older: 0, newer: 2 }],
    [log(-1, 0, 1, 2, 3), { first: 1, last: 2 }, { older: 2, newer: 4 }],
    // The oldest have gone, of those that are shown too.
    [log(4, 5, 6), { first: 1, last: 5 }, { older: 0, newer: 2 }],
    // Nothing of what is shown is left.
    [log(7, 8), { first: 1, last: 5 }, { older: 0, newer: 0 }],
    [[], { first: 1, last: 5 }, { older: 0, newer: 0 }],
  ]);
  for (const [entries, shown, expected] of table) assert.deepEqual(changes(entries, shown), expected);
});

test('news are what others said behind the last line that was seen', () => {
  const entries = [...log(1, 2), line(ADA, '2026-11-25T12:00:00.000Z', 3), ...log(4, 5)];
  const table = /** @type {const} */ ([
    [null, null],
    [5, null],
    [4, { key: 5, count: 1 }],
    [2, { key: 3, count: 2 }],
    [0, { key: 1, count: 4 }],
  ]);
  for (const [seenKey, expected] of table) assert.deepEqual(news({ log: entries, seenKey, me: ADA }), expected);
  assert.equal(news({ log: [...log(1), line(ADA, '2026-11-25T12:00:00.000Z', 2)], seenKey: 1, me: ADA }), null);
});

/** The parts of the operator's view that need no browser. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { endOf, size, sorted, time } from '../../static/admin/figures.js';
import { WORDS, failureSentence } from '../../static/admin/words.js';
import * as plot from '../../static/words/plot.js';

/**
 * @param {string} name
 * @param {{ queued_bytes?: number, round_trip?: number | null, since?: string }[]} sockets
 * @returns {import('../../static/admin/types.d.ts').UserRow}
 */
function user(name, sockets, since = '2026-11-25T12:00:00.000Z') {
  const socket = { id: '0', address: '203.0.113.7', since, queued_bytes: 0, round_trip: null, protocol: '', worker: 0 };
  return { id: name, name, since: sockets.length === 0 ? null : since, sockets: sockets.map((part) => ({ ...socket, ...part })) };
}

test('there is a word for whatever the server says was refused', async () => {
  const source = await readFile(new URL('../../src/refusals.rs', import.meta.url), 'utf8');
  const kinds = [...source.matchAll(/=> "([a-z]+)",/g)].map(([, kind]) => `what-${kind}`);
  assert.ok(kinds.length >= 9, kinds.join());
  for (const kind of kinds) assert.ok(kind in WORDS.en, kind);
});

test('both languages have the same words, of the same kind, and none is empty', () => {
  const filling = { count: 3, name: 'Ada', time: '17:43', total: 9, matching: 4, page: 1, pages: 2, addresses: 'x', address: 'x', text: 'x', message: 'x', value: 'x', label: 'x', series: ['y'], last: '1', least: '1', most: '1' };
  for (const { en, zh } of [WORDS, plot.WORDS]) {
    assert.deepEqual(Object.keys(zh), Object.keys(en));
    for (const [key, word] of Object.entries(en)) {
      const other = /** @type {Record<string, unknown>} */ (zh)[key];
      assert.equal(typeof other, typeof word, key);
      for (const one of [word, other]) {
        const text = typeof one === 'string' ? one : /** @type {(filling: object) => string} */ (one)(filling);
        assert.ok(text.trim(), key);
        assert.doesNotMatch(text, /undefined|NaN|\[object/, key);
      }
    }
  }
});

test('sizes and times are as short as they are exact', () => {
  assert.deepEqual([0, 1023, 1024, 1536, 10_240, 3 * 1024 ** 3].map(size), ['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '10 KiB', '3.0 GiB']);
  assert.deepEqual([0, 999, 1000, 1949, 25_000, 2_400_000].map(time), ['0 µs', '999 µs', '1.0 ms', '1.9 ms', '25 ms', '2.4 s']);
});

test('an order is by what matters most in it, and those who are alike stay by name', () => {
  const ada = user('Ada', [{ queued_bytes: 5 }, { queued_bytes: 5 }], '2026-11-25T12:00:02.000Z');
  const bea = user('Bea', [{ queued_bytes: 7, round_trip: 900 }], '2026-11-25T12:00:01.000Z');
  const chidi = user('Chidi', []);
  const dora = user('Dora', [{ round_trip: 100 }, { round_trip: 2000 }], '2026-11-25T12:00:01.000Z');
  const all = [ada, bea, chidi, dora];
  /** @type {[import('../../static/admin/types.d.ts').SortKey, boolean, string][]} */
  const cases = [
    ['name', false, 'Ada Bea Chidi Dora'],
    ['since', false, 'Bea Dora Ada Chidi'],
    ['sockets', true, 'Ada Dora Bea Chidi'],
    ['queue', true, 'Ada Bea Chidi Dora'],
    ['round-trip', true, 'Dora Bea Ada Chidi'],
  ];
  for (const [key, falling, expected] of cases) {
    assert.equal(sorted(all, key, falling).map(({ name }) => name).join(' '), expected, key);
  }
});

test('a ban ends when it was asked to, and only in the future', () => {
  const now = Date.parse('2026-11-25T12:00:00.000Z');
  assert.equal(endOf('60', '', now), '2026-11-25T13:00:00.000Z');
  assert.equal(endOf('never', '', now), null);
  assert.equal(endOf('until', '2026-11-26T00:00:00Z', now), '2026-11-26T00:00:00.000Z');
  assert.equal(endOf('until', '2026-11-24T00:00:00Z', now), undefined);
  assert.equal(endOf('until', '', now), undefined);
});

test('a failure that only a newer server knows is told in its own words', () => {
  const failure = { status: 400, code: 'bad-body', message: 'minutes: too many', own: false, others: 0 };
  assert.equal(failureSentence('en', failure), 'That did not work: minutes: too many.');
  assert.equal(failureSentence('zh', { ...failure, code: 'wrong-token' }), '令牌不对。');
  assert.equal(failureSentence('en', { ...failure, message: '' }), 'That did not work: the server did not say why.');
});

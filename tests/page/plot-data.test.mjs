import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PlotData } from '../../static/plot-data.js';

const TEXT = { label: 'Round trip', series: ['ours', 'theirs'], format: (/** @type {number} */ value) => `${value} ms` };

test('no more points are kept than were asked for, the newest ones', () => {
  const data = new PlotData(1, 3);
  for (let n = 1; n <= 5; n += 1) data.add({ at: n * 1000, values: [n] });
  assert.deepEqual(data.columns(), [[3, 4, 5], [3, 4, 5]]);
});

test('time runs one way, and what is no number is a gap', () => {
  const data = new PlotData(2, 10);
  data.add({ at: 2000, values: [1, Number.NaN] });
  data.add({ at: 2000, values: [9, 9] });
  data.add({ at: 1000, values: [9, 9] });
  data.add({ at: Number.NaN, values: [9, 9] });
  data.add({ at: 3000, values: [null] });
  assert.deepEqual(data.columns(), [[2, 3], [1, null], [null, null]]);
  assert.equal(data.newest(0), 1);
  assert.equal(data.newest(1), null);
});

test('a plot says in a sentence what it shows', () => {
  const data = new PlotData(2, 10);
  assert.equal(data.summary(TEXT, 'en'), 'Round trip: nothing measured yet');
  for (const [n, value] of [7, 3, 12, 5].entries()) data.add({ at: n + 1, values: [value, null] });
  assert.equal(data.summary(TEXT, 'en'), 'Round trip. ours: now 5 ms, least 3 ms, most 12 ms.');
  assert.equal(data.summary(TEXT, 'zh'), 'Round trip。ours：现在 5 ms，最小 3 ms，最大 12 ms。');
  data.clear();
  assert.equal(data.summary(TEXT, 'zh'), 'Round trip：还没有数据');
});

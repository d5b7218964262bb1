import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scale, spread, svg, ticks } from '../plot.mjs';

test('ticks are powers of ten, and more where they would be few', () => {
  assert.deepEqual(ticks(8, 25_000), [10, 100, 1000, 10_000]);
  assert.deepEqual(ticks(0.15, 6), [0.2, 0.5, 1, 2, 5]);
});

test('every point lies inside, and equal factors are equal distances', () => {
  const { place } = scale([10, 1000], 0, 100);
  assert.ok(place(10) > 0 && place(1000) < 100);
  assert.ok(Math.abs(place(100) - place(10) - (place(1000) - place(100))) < 1e-9);
});

test('one value has an axis too', () => {
  const { place } = scale([5], 0, 100);
  assert.ok(Math.abs(place(5) - 50) < 1e-9);
});

test('names that would overlap are moved apart and stay inside', () => {
  const moved = spread([50, 52, 51, 99, 98], 10, 0, 100);
  const sorted = moved.toSorted((a, b) => a - b);
  for (let i = 1; i < sorted.length; i += 1) assert.ok(Number(sorted[i]) - Number(sorted[i - 1]) >= 10);
  assert.ok(sorted.every((place) => place >= 0 && place <= 100));
  assert.ok(Number(moved[0]) < Number(moved[2]) && Number(moved[2]) < Number(moved[1]));
});

test('a chart escapes names, knows light and dark, and has no number that is none', () => {
  const points = [{ x: 10, y: 0.2 }, { x: 1000, y: 6 }];
  const text = svg({
    title: 'A & B',
    subtitle: '',
    xTitle: 'sockets',
    xText: String,
    yText: String,
    series: [{ name: '<ours>', kind: 'ours', points }, { name: 'other', kind: 'peer', points }],
  });
  assert.match(text, /A &amp; B/);
  assert.match(text, /&lt;ours&gt;/);
  assert.match(text, /prefers-color-scheme: dark/);
  assert.doesNotMatch(text, /NaN|undefined|Infinity/);
});

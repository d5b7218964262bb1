import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lines, straightness } from '../climbed.mjs';
import { bounds, ladder } from '../ladder.mjs';

test('the ladder ends at what there can be, or at what was asked for', () => {
  assert.deepEqual(ladder(19_800, 1_000_000), [1000, 5000, 10_000, 19_800]);
  assert.deepEqual(ladder(19_800, 2000), [1000, 2000]);
  assert.deepEqual(ladder(800, 1_000_000), [800]);
  assert.deepEqual(ladder(5_000_000, 1_000_000).at(-1), 1_000_000);
});

test('the tightest bound comes first, and all of them have a name', () => {
  const all = bounds();
  assert.ok(all.length >= 4 && all.every(({ name, sockets }) => name !== '' && sockets > 0));
  assert.ok(all.every(({ sockets }, i) => sockets >= Number(all[i - 1]?.sockets ?? 0)));
});

test('a line is told with where it leads, and only if there are points enough', () => {
  /** @type {any[]} */
  const steps = [1000, 5000, 20_000].map((sockets) => ({ sockets, resident_bytes: 2 ** 20 * 10 + 1024 * sockets, cpu_us_per_delivery: 5 }));
  assert.equal(Math.round(lines(steps).memory.slope), 1024);
  const [, , memory, broadcast] = straightness(steps).split('\n');
  assert.match(String(memory), /\| +10\.0 MiB \| +1,024 bytes \| +1\.0000 \| +29\.5 MiB \| +0\.96 GiB \|/);
  assert.match(String(broadcast), /\| +5\.00 µs \| +1\.0000 \| +100\.0 ms \| +5\.0 s \|/);
  assert.equal(straightness(steps.slice(0, 2)), '');
});

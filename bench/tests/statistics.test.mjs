import assert from 'node:assert/strict';
import { test } from 'node:test';

import { line, median } from '../statistics.mjs';

test('a median is the middle, or between the two middle ones', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([10, 9, 1, 2]), 5.5);
  assert.equal(median([7]), 7);
  assert.ok(Number.isNaN(median([])));
});

test('points on a line give the line', () => {
  const { slope, offset, straightness } = line([1, 2, 5, 9].map((x) => ({ x, y: 3 * x + 4 })));
  assert.ok(Math.abs(slope - 3) < 1e-12 && Math.abs(offset - 4) < 1e-12 && Math.abs(straightness - 1) < 1e-12);
});

test('points beside the line are less straight', () => {
  const { straightness } = line([{ x: 0, y: 0 }, { x: 1, y: 5 }, { x: 2, y: 1 }, { x: 3, y: 6 }]);
  assert.ok(straightness > 0 && straightness < 0.7);
});

test('a flat line is straight', () => {
  assert.deepEqual(line([{ x: 1, y: 2 }, { x: 3, y: 2 }]), { slope: 0, offset: 2, straightness: 1 });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { joinTable, markdown, oddities, table } from '../figures.mjs';

/**
 * @param {string} server
 * @param {number} round
 * @param {number} cpu
 * @param {object} more
 */
function run(server, round, cpu, more = {}) {
  return { row: '1k-64', server, round, result: { receivers: 1000, cpu_us_per_delivery: cpu, ...more } };
}

test('a cell has the median and its ratio to the floor of its row', () => {
  const runs = [run('floor', 1, 5), run('floor --coalesce', 1, 0.1), run('tertulia', 1, 0.3), run('tertulia', 2, 0.1), run('tertulia', 3, 0.12)];
  const [head, , row] = table(runs).split('\n');
  assert.match(String(head), /\| +floor \| floor --coalesce \|/);
  assert.match(String(row), /^\| CPU a delivery, 1,000 receivers, 64 in flight, µs \| 5\.000 \(50×\) \|\s+0\.100 \(1\.00×\) \| 0\.120 \(1\.20×\) \|$/);
});

test('rows that were not measured are left out', () => {
  assert.equal(table([run('tertulia', 1, 1)]).split('\n').length, 3);
});

test('without figures there is no table', () => {
  assert.equal(table([{ row: 'curve', server: 'ws', round: 1, result: { receivers: 10 } }]), '');
});

test('a run that failed spoils no figure and is told', () => {
  const failed = { row: '1k-64', server: 'ws', round: 1, result: { error: 'Error: fanout ended with 1' } };
  assert.match(table([run('tertulia', 1, 1), failed]), / - \|$/m);
  assert.deepEqual(oddities([failed]), ['ws, 1k-64: Error: fanout ended with 1']);
});

test('what was lost is told with its reason', () => {
  const lost = run('nchan', 2, 1, { lost: 7, late: 1, connections_failed: 0, first_failure: 'close frame' });
  assert.deepEqual(oddities([run('ws', 1, 1), lost]), ['nchan, 1k-64, 1,000 receivers, round 2: 7 lost, 1 late (close frame)']);
});

test('joins are told for each number of users', () => {
  const joins = [2500, 5000].map((receivers) => ({
    row: 'joins',
    server: 'tertulia',
    round: 1,
    result: { receivers, connect_seconds: 2, sent_bytes: receivers * receivers * 80, cpu_seconds: 1 },
  }));
  const [, , first, second] = joinTable(joins).split('\n');
  assert.match(String(first), /2,500 \|\s+2\.00 \|\s+1,250 \|\s+200 \|\s+80\.0 \|/);
  assert.match(String(second), /5,000 \|\s+2\.00 \|\s+2,500 \|\s+400 \|\s+80\.0 \|/);
  assert.equal(joinTable([]), '');
});

test('columns of a table are aligned', () => {
  assert.equal(markdown([['', 'b'], ['one', '12345']]), '|     |     b |\n| --- | ----: |\n| one | 12345 |');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hourAndMinute, hue, initials, isSameDay, utf8Bytes } from '../../static/format.js';

test('an avatar has one letter, or two for two words', () => {
  const table = [
    ['Ada', 'A'],
    ['ada lovelace', 'AL'],
    ['Ada King Lovelace', 'AL'],
    ['林小雨', '林'],
    ['林 小雨', '林'],
    ['👩‍🚀 Eve', '👩‍🚀E'],
    ['é', 'É'],
    ['e\u0301va', 'E\u0301'],
    ['', ''],
  ];
  for (const [name, letters] of table) assert.equal(initials(String(name)), letters, name);
});

test('a hue stays with its user and is an angle', () => {
  assert.equal(hue('5c1f0a9be4d27733'), hue('5c1f0a9be4d27733'));
  for (const id of ['0000000000000000', 'ffffffffffffffff', 'nothing', '']) {
    assert.ok(hue(id) >= 0 && hue(id) <= 360, id);
  }
});

test('bytes are those of UTF-8', () => {
  for (const [text, bytes] of /** @type {const} */ ([['', 0], ['a', 1], ['é', 2], ['你', 3], ['👋', 4]])) {
    assert.equal(utf8Bytes(text), bytes);
  }
});

test('a time that is none is shown as nothing', () => {
  assert.equal(hourAndMinute('tomorrow', 'en'), '');
  assert.match(hourAndMinute('2026-11-25T17:43:03.123Z', 'zh'), /^\d\d:43$/);
});

test('midnight divides days', () => {
  const [before, after] = [new Date(2026, 10, 25, 23, 59, 59), new Date(2026, 10, 26, 0, 0, 0)];
  assert.equal(isSameDay(before.toISOString(), after.toISOString()), false);
  assert.equal(isSameDay(after.toISOString(), new Date(2026, 10, 26, 23, 59, 59).toISOString()), true);
});

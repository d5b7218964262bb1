/** The emoji lists, and what is found in them. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { CHOICE_LIMIT, emojiChoices, finishedShortcode, nameChoices, tokenAt } from '../../static/completion.js';
import { findEmoji, readEmoji } from '../../static/emoji.js';

const ROOT = path.join(import.meta.dirname, '../..');
const NAMES = ['base', 'en', 'zh'];
const [base, en, zh] = await Promise.all(
  NAMES.map(async (name) => JSON.parse(await readFile(path.join(ROOT, `static/emoji/${name}.json`), 'utf8'))),
);
const data = readEmoji(base, en, zh);

test('the lists are what the script makes of the pinned package, and small', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tertulia-emoji-'));
  t.after(() => rm(folder, { recursive: true }));
  await promisify(execFile)(process.execPath, [path.join(ROOT, 'scripts/emoji'), folder]);
  let bytes = 0;
  for (const name of NAMES) {
    const ours = await readFile(path.join(ROOT, `static/emoji/${name}.json`));
    assert.ok(ours.equals(await readFile(path.join(folder, `${name}.json`))), `${name}.json: run scripts/emoji`);
    bytes += gzipSync(ours, { level: 9 }).length;
  }
  assert.ok(bytes < 40 * 1024, `${bytes} bytes`);
});

test('every emoji has a name in both languages and a shortcode of its own', () => {
  assert.ok(data.all.length > 1800);
  assert.equal(new Set(data.all.map(({ emoji }) => emoji)).size, data.all.length);
  for (const { emoji, labels, shortcodes } of data.all) {
    assert.ok(labels.en && labels.zh, emoji);
    for (const code of shortcodes) {
      assert.match(code, /^[a-z0-9+_'’.!&()-]+$|[à-ÿ]/u, emoji);
      assert.equal(data.byShortcode.get(code)?.emoji, emoji);
    }
  }
});

test('emoji are found in English and Chinese, the best first', () => {
  const first = (/** @type {string} */ query) => findEmoji(data, query, 1)[0]?.emoji;
  const cases = [['thumbsup', '👍️'], ['+1', '👍️'], ['Smile', '😄'], ['猫', '🐈️'], ['笑哭', '😂'], ['rocket', '🚀'], ['cat', '🐱'], ['china', '🇨🇳']];
  for (const [query, emoji] of cases) {
    assert.equal(plain(first(String(query))), plain(emoji), String(query));
  }
  assert.ok(findEmoji(data, '心', 50).length > 5);
  assert.deepEqual(findEmoji(data, 'no such thing', 5), []);
  assert.deepEqual(findEmoji(data, ' ', 5), []);
  assert.equal(findEmoji(data, 'face', 5).length, 5);
});

/** @param {string | undefined} emoji which may say once more that it is a picture */
function plain(emoji) {
  return emoji?.replaceAll('\ufe0f', '');
}

/** @param {string} text with `|` at the caret */
function token(text) {
  const caret = text.indexOf('|');
  const found = tokenAt(text.replace('|', ''), caret);
  return found && `${found.kind} ${found.from} ${found.query}`;
}

test('what may be completed at the caret', () => {
  const cases = [
    [':sm|', 'emoji 0 sm'],
    ['hi :smile|', 'emoji 3 smile'],
    ['hi :smi|le', 'emoji 3 smi'],
    ['好:sm|', 'emoji 1 sm'],
    ['：sm|', 'emoji 0 sm'],
    [':+1|', 'emoji 0 +1'],
    [':笑|', 'emoji 0 笑'],
    ['@|', 'name 0 '],
    ['hi @Ad|', 'name 3 Ad'],
    ['@Ada Lo|', 'name 0 Ada Lo'],
    ['你好@林|', 'name 2 林'],
    [':s|', null],
    [':30|', null],
    ['12:30|', null],
    ['http://a|', null],
    ['note:ok|', null],
    ['时间:笑|', null],
    ['a@b|', null],
    ['`:sm|', null],
    ['```\n@Ad|', null],
    ['``` x\n```\n@Ad|', 'name 10 Ad'],
    ['@a\nb|', null],
    ['|:smile', null],
  ];
  for (const [text, found] of cases) assert.equal(token(String(text)), found, JSON.stringify(text));
});

test('a finished shortcode becomes its emoji', () => {
  const whole = (/** @type {string} */ text) => finishedShortcode(text, text.length, data);
  assert.deepEqual(whole('so :smile:'), { from: 3, insert: '😄' });
  assert.deepEqual(whole('好：SMILE：'), { from: 1, insert: '😄' });
  assert.deepEqual(whole('笑:heart:')?.from, 1);
  for (const text of [':nosuchthing:', '12:30:', 'a:smile:', '`:smile:', ':smile']) assert.equal(whole(text), null, text);
});

test('names that begin like that, one’s own not, and none once a name is complete', () => {
  const me = { id: '0', name: 'Adrian' };
  const users = [me, { id: '1', name: 'Ada' }, { id: '2', name: 'Ada Lovelace' }, { id: '3', name: 'Bea Adams' }, { id: '4', name: '林小雨' }];
  const people = new Map(users.map((user) => [user.id, user]));
  const names = (/** @type {string} */ query) => nameChoices(query, people, me).map(({ label }) => label);
  assert.deepEqual(names('ad'), ['Ada', 'Ada Lovelace', 'Bea Adams']);
  assert.deepEqual(names('Ada'), []);
  assert.deepEqual(names('Ada '), []);
  assert.deepEqual(names('ada l'), ['Ada Lovelace']);
  assert.deepEqual(names('林'), ['林小雨']);
  assert.deepEqual(names('nobody'), []);
  assert.equal(names('').length, 4);
  assert.equal(nameChoices('ada l', people, me)[0]?.insert, '@Ada Lovelace ');
  const crowd = new Map(Array.from({ length: 500 }, (_, n) => [String(n), { id: String(n), name: `Guest ${n}` }]));
  assert.equal(nameChoices('gu', crowd, null).length, CHOICE_LIMIT);
});

test('choices speak the language of the page', () => {
  const [english] = emojiChoices('smile', data, 'en');
  const [chinese] = emojiChoices('smile', data, 'zh');
  assert.equal(english?.insert, chinese?.insert);
  assert.match(String(english?.label), /^[a-z ]+$/);
  assert.match(String(chinese?.label), /^\p{Script=Han}+$/u);
  assert.equal(english?.detail, ':smile:');
});

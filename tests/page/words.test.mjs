import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OTHER, WORDS, droppedSentence, errorSentence, languageOf, plainWord, refusalSentence } from '../../static/words.js';

test('both languages have the same keys, in the same order', () => {
  assert.deepEqual(Object.keys(WORDS.zh), Object.keys(WORDS.en));
});

test('what is a sentence with a gap in one language is so in the other', () => {
  for (const [key, word] of Object.entries(WORDS.en)) {
    assert.equal(typeof (/** @type {Record<string, unknown>} */ (WORDS.zh)[key]), typeof word, key);
  }
});

test('nothing is empty, and no gap stays unfilled', () => {
  const filling = { count: 3, name: 'Ada', time: '17:43', bytes: 5, limit: 9, over: 2, seconds: 7, other: 'Bea', why: 'x', missing: 'Upgrade: websocket' };
  for (const words of Object.values(WORDS)) {
    for (const [key, word] of Object.entries(words)) {
      const text = typeof word === 'string' ? word : /** @type {(filling: object) => string} */ (word)(filling);
      assert.ok(text.trim().length > 0, key);
      assert.doesNotMatch(text, /undefined|NaN|\[object/, key);
    }
  }
});

test('one of something is not several', () => {
  assert.equal(WORDS.en['people-count']({ count: 1 }), '1 person here');
  assert.equal(WORDS.en['people-count']({ count: 2 }), '2 people here');
  assert.equal(WORDS.en['gap-missed']({ count: 1 }), 'One line said while you were away cannot be had any more.');
});

test('a tag names one of our languages', () => {
  for (const [tag, language] of [['zh', 'zh'], ['zh-Hant-TW', 'zh'], ['ZH-cn', 'zh'], ['en-GB', 'en'], ['', 'en'], ['zha', 'en'], ['fr', 'en']]) {
    assert.equal(languageOf(String(tag)), language, tag);
  }
});

test('the switch leads to the other language and back', () => {
  assert.equal(OTHER[OTHER.en.language].language, 'en');
});

test('a word that is not there is a mistake', () => {
  assert.throws(() => plainWord('en', 'no-such-word'));
  assert.throws(() => plainWord('en', 'toString'));
  assert.throws(() => plainWord('en', 'people-count'));
});

test('a refusal is told in the reader\'s language', () => {
  const table = /** @type {const} */ ([
    [409, 'name-taken', 'someone here is already called Ada', 'refusal-name-taken'],
    [0, 'unreachable', '', 'refusal-unreachable'],
    [429, 'too-many', 'slow down', 'refusal-too-many'],
    [422, 'bad-name', 'the name is empty', 'refusal-name'],
    [403, 'origin', 'not from there', 'refusal-forbidden'],
    [500, '', '', 'refusal-other'],
  ]);
  for (const [status, code, message, key] of table) {
    assert.equal(refusalSentence('zh', { status, code, message }), WORDS.zh[key]);
  }
  assert.equal(refusalSentence('en', { status: 422, code: 'bad-name', message: 'a name is too long' }), 'A name is too long.');
});

test('a code that only a newer server knows still gives a sentence', () => {
  assert.equal(errorSentence('en', /** @type {any} */ ('new-code')), WORDS.en['error-unknown-command']);
  assert.equal(droppedSentence('en', /** @type {any} */ ('new-reason'), 'Ada'), 'Ada dropped out: the connection broke');
});

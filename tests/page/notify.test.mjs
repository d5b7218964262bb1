import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Notifier } from '../../static/notify.js';
import { Preferences, PREFERENCES_KEY } from '../../static/preferences.js';
import { initialState } from '../../static/state.js';
import { PageStorage } from '../../static/storage.js';

const ADA = { id: 'aaaaaaaaaaaaaaaa', name: 'Ada' };
const BEA = { id: 'bbbbbbbbbbbbbbbb', name: 'Bea' };
const ROOM = { ...initialState('en'), place: /** @type {const} */ ('room'), me: ADA, epoch: 'e'.repeat(16), awaitsHistory: false };

/**
 * @param {number} id
 * @param {import('../../static/types.d.ts').User} [user]
 * @param {string} [text]
 * @returns {import('../../static/types.d.ts').Entry}
 */
const line = (id, user = BEA, text = `line ${id}`) => ({ key: id, kind: 'chat', id, user, text, at: '2026-11-25T12:00:00.000Z' });

/** @typedef {{ title: string, body: string, isClosed: boolean }} Shown */

/**
 * A notifier, what it shows, and the moment after its pause.
 *
 * @param {Partial<import('../../static/notify.js').Around>} [around]
 */
function notifier(around = {}) {
  /** @type {Shown[]} */
  const shown = [];
  /** @type {(() => void)[]} */
  const due = [];
  const subject = new Notifier({
    mayNotify: () => true,
    wishes: () => ({ notify: true, showText: true }),
    show(title, body) {
      const notification = { title, body, isClosed: false };
      shown.push(notification);
      return () => void (notification.isClosed = true);
    },
    after: (run) => due.push(run),
    ...around,
  });
  return { subject, shown, pass: () => due.splice(0).forEach((run) => run()) };
}

test('a burst is told once, with the last that was said', () => {
  const { subject, shown, pass } = notifier();
  subject.changed({ ...ROOM, log: [line(1)] });
  subject.changed({ ...ROOM, log: [line(1), line(2)], unread: 1 });
  subject.changed({ ...ROOM, log: [line(1), line(2), line(3)], unread: 2 });
  assert.deepEqual(shown, []);
  pass();
  assert.deepEqual(shown, [{ title: '2 new lines', body: 'Bea: line 3', isClosed: false }]);
});

test('one line is told under its author, and a later one takes its place', () => {
  const { subject, shown, pass } = notifier();
  subject.changed({ ...ROOM, log: [line(1)] });
  subject.changed({ ...ROOM, log: [line(1), line(2, BEA, 'x'.repeat(500))], unread: 1 });
  pass();
  assert.equal(shown[0]?.title, 'Bea');
  assert.equal(shown[0]?.body, `${'x'.repeat(200)}…`);
  subject.changed({ ...ROOM, log: [line(1), line(2), line(3)], unread: 2 });
  pass();
  assert.deepEqual(shown.map(({ isClosed }) => isClosed), [true, false]);
});

test('the text can be hidden', () => {
  const { subject, shown, pass } = notifier({ wishes: () => ({ notify: true, showText: false }) });
  subject.changed({ ...ROOM, log: [line(1)] });
  subject.changed({ ...ROOM, log: [line(1), line(2)], unread: 1 });
  pass();
  assert.equal(JSON.stringify(shown).includes('line 2'), false);
  assert.match(shown[0]?.body ?? '', /Bea said something/);
});

test('history is no news, nor is what one said oneself', () => {
  const { subject, shown, pass } = notifier();
  subject.changed({ ...ROOM, log: [], awaitsHistory: true });
  subject.changed({ ...ROOM, log: [line(1), line(2)], unread: 2 });
  subject.changed({ ...ROOM, log: [line(1), line(2), line(3, ADA)], unread: 2 });
  pass();
  assert.deepEqual(shown, []);
});

test('the first line of an empty room is news', () => {
  const { subject, shown, pass } = notifier();
  subject.changed({ ...ROOM, log: [], awaitsHistory: true });
  subject.changed({ ...ROOM, log: [] });
  subject.changed({ ...ROOM, log: [line(1)], unread: 1 });
  pass();
  assert.equal(shown.length, 1);
});

test('what is read in the meantime is not told, and what was told goes', () => {
  const { subject, shown, pass } = notifier();
  subject.changed({ ...ROOM, log: [line(1)] });
  subject.changed({ ...ROOM, log: [line(1), line(2)], unread: 1 });
  subject.changed({ ...ROOM, log: [line(1), line(2)], unread: 0 });
  pass();
  assert.equal(shown.length, 0);
  subject.changed({ ...ROOM, log: [line(1), line(2), line(3), line(4)], unread: 1, read: { epoch: 'e'.repeat(16), number: 3 } });
  pass();
  assert.deepEqual(shown.map(({ title }) => title), ['Bea']);
  subject.changed({ ...ROOM, log: [line(1), line(2), line(3), line(4)], unread: 0 });
  assert.equal(shown[0]?.isClosed, true);
});

test('nobody is told who does not want it, nor by a tab whose business it is not', () => {
  for (const around of [{ mayNotify: () => false }, { wishes: () => ({ notify: false, showText: true }) }]) {
    const { subject, shown, pass } = notifier(around);
    subject.changed({ ...ROOM, log: [line(1)] });
    subject.changed({ ...ROOM, log: [line(1), line(2)], unread: 1 });
    pass();
    assert.deepEqual(shown, []);
  }
});

/** @param {string | null} kept */
function shelf(kept) {
  const items = new Map(kept === null ? [] : [[PREFERENCES_KEY, kept]]);
  return /** @type {Storage} */ (/** @type {unknown} */ ({
    getItem: (/** @type {string} */ key) => items.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void items.set(key, value),
  }));
}

test('wishes are kept, and told to whoever listens', () => {
  const storage = shelf(null);
  const one = new Preferences(() => storage);
  assert.deepEqual(one.wishes, { notify: false, showText: true });
  let told = 0;
  one.onChange(() => (told += 1));
  one.set({ notify: true });
  one.set({ showText: false });
  assert.equal(told, 2);
  assert.deepEqual(new Preferences(() => storage).wishes, { notify: true, showText: false });
});

test('what a stranger wrote into the storage, or none at all, is borne', () => {
  for (const kept of ['', '{', 'null', '3', '"x"', '{"notify":"yes","showText":1,"other":true}']) {
    assert.deepEqual(new Preferences(() => shelf(kept)).wishes, { notify: false, showText: true }, kept);
  }
  const forbidden = new Preferences(() => {
    throw new Error('forbidden');
  });
  forbidden.set({ notify: true });
  assert.equal(forbidden.wishes.notify, true);
});

test('wishes outlive a log-out', () => {
  const items = new Map();
  const storage = /** @type {Storage} */ (/** @type {unknown} */ ({
    get length() {
      return items.size;
    },
    key: (/** @type {number} */ n) => [...items.keys()][n] ?? null,
    getItem: (/** @type {string} */ key) => items.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void items.set(key, value),
    removeItem: (/** @type {string} */ key) => void items.delete(key),
  }));
  new Preferences(() => storage).set({ showText: false });
  storage.setItem('tertulia.something', 'else');
  new PageStorage(() => storage, () => storage, () => 'f'.repeat(16)).wipe(ADA.id, true);
  assert.equal(storage.getItem('tertulia.something'), null);
  assert.equal(new Preferences(() => storage).wishes.showText, false);
});

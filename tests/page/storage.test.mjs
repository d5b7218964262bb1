import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PageStorage } from '../../static/storage.js';
import { FakeStorage } from './model-page.mjs';

/** @import { Pending } from '../../static/types.d.ts' */

const ADA = '000000000000000a';
const EVE = '000000000000000e';
const EPOCH = 'd1a4c07ee39b5f26';

let pages = 0;
/** @param {FakeStorage} local @param {FakeStorage} [session] */
function pageOn(local, session = new FakeStorage()) {
  return new PageStorage(() => /** @type {any} */ (local), () => /** @type {any} */ (session), () => `page-${(pages += 1)}`);
}

/** @param {string} id @param {Partial<Pending>} [more] @returns {Pending} */
const line = (id, more) => ({ id, text: `text of ${id}`, status: 'waiting', epoch: null, after: 0, number: null, refusal: null, ...more });

test('the lines of a page that is gone have one heir', () => {
  const local = new FakeStorage();
  const lines = [line('a', { status: 'sent', epoch: EPOCH, after: 7 }), line('b'), line('c', { status: 'refused', refusal: 'empty-text' })];
  const gone = pageOn(local);
  gone.keepPending(ADA, lines);
  const heir = pageOn(local);
  assert.deepEqual(heir.inherit(ADA, new Set([gone.page])), [], 'it lives');
  assert.deepEqual(heir.inherit(ADA, new Set()), [{ page: gone.page, lines }]);
  assert.deepEqual(pageOn(local).inherit(ADA, new Set([heir.page])), []);
});

test('somebody else inherits nothing, and nothing stays', () => {
  const local = new FakeStorage();
  pageOn(local).keepPending(ADA, [line('a')]);
  assert.deepEqual(pageOn(local).inherit(EVE, new Set()).flatMap(({ lines }) => lines), []);
  assert.deepEqual(pageOn(local).inherit(ADA, new Set()), []);
});

test('what is acknowledged is not kept, and a line that seemed to be in the log must prove it again', () => {
  const local = new FakeStorage();
  pageOn(local).keepPending(ADA, [line('a', { status: 'acked', epoch: EPOCH, number: 9 }), line('b', { status: 'sent', epoch: EPOCH, number: 8 })]);
  assert.deepEqual(pageOn(local).inherit(ADA, new Set())[0]?.lines, [line('b', { status: 'sent', epoch: EPOCH })]);
});

test('a page that was frozen finds out what another took over', () => {
  const local = new FakeStorage();
  const frozen = pageOn(local);
  frozen.keepPending(ADA, [line('a'), line('b')]);
  assert.deepEqual(frozen.takenOver(), new Set());
  pageOn(local).inherit(ADA, new Set());
  assert.deepEqual(frozen.takenOver(), new Set(['a', 'b']));
  assert.deepEqual(frozen.takenOver(), new Set(), 'once');
});

test('full storage is borne, and what could not be written is not missed', () => {
  const local = new FakeStorage();
  const page = pageOn(local);
  page.keepPending(ADA, [line('a')]);
  local.quota = 10;
  page.keepPending(ADA, [line('a'), line('b')]);
  assert.deepEqual(page.takenOver(), new Set(), 'it lives on in the page');
  assert.deepEqual(pageOn(local).inherit(ADA, new Set()), [], 'nothing stale is left');
  page.keepRead(ADA, { epoch: EPOCH, number: 3 });
  assert.equal(page.readBy(ADA), null);
});

test('forbidden storage is borne', () => {
  const forbidden = () => {
    throw new DOMException('no', 'SecurityError');
  };
  const page = new PageStorage(forbidden, forbidden, () => 'page');
  page.keepLanguage('zh');
  page.keepPending(ADA, [line('a')]);
  page.keepRead(ADA, { epoch: EPOCH, number: 3 });
  page.wipe(ADA, true);
  assert.equal(page.language, null);
  assert.deepEqual(page.inherit(ADA, new Set()), []);
});

test('of several tabs the one that has read farthest is right, in one epoch', () => {
  const local = new FakeStorage();
  const page = pageOn(local);
  page.keepRead(ADA, { epoch: EPOCH, number: 30 });
  pageOn(local).keepRead(ADA, { epoch: EPOCH, number: 20 });
  assert.deepEqual(page.readBy(ADA), { epoch: EPOCH, number: 30 });
  page.keepRead(ADA, { epoch: '0000000000000002', number: 1 });
  assert.deepEqual(page.readBy(ADA), { epoch: '0000000000000002', number: 1 });
  assert.equal(page.readBy(EVE), null);
});

test('what a stranger wrote is left alone', () => {
  const local = new FakeStorage();
  const page = pageOn(local);
  // A server would refuse such a place each time it is named.
  for (const read of ['no json', 'null', '[]', '{}', `{"user":"${ADA}","epoch":"x","number":1}`, `{"user":"${ADA}","epoch":"${EPOCH}","number":-1}`, `{"user":"${ADA}","epoch":"${EPOCH}","number":1.5}`]) {
    local.setItem('tertulia.read', read);
    assert.equal(page.readBy(ADA), null, read);
  }
  const lines = [null, 7, {}, { id: 'a b', text: 'x', status: 'waiting' }, { id: 'a', text: '', status: 'waiting' }, { id: 'a', text: 'x', status: 'sent' }, { id: 'a', text: 'x', status: 'acked' }, line('good')];
  local.setItem('tertulia.pending.other', JSON.stringify({ user: ADA, lines }));
  assert.deepEqual(page.inherit(ADA, new Set())[0]?.lines, [line('good')]);
});

test('log-out leaves the language and nothing else', () => {
  const [local, session] = [new FakeStorage(), new FakeStorage()];
  const page = pageOn(local, session);
  local.setItem('elsewhere', 'of another program');
  page.keepLanguage('zh');
  page.keepPending(ADA, [line('a')]);
  page.keepRead(ADA, { epoch: EPOCH, number: 3 });
  session.setItem(`tertulia.draft.${ADA}`, 'half a tho');
  page.wipe(ADA, true);
  assert.deepEqual([local.key(0), local.key(1), local.length], ['elsewhere', 'tertulia.language', 2]);
  assert.equal(session.length, 0);
});

test('whose session has ended takes along only what was theirs', () => {
  const [local, session] = [new FakeStorage(), new FakeStorage()];
  const ada = pageOn(local, session);
  ada.keepPending(ADA, [line('a')]);
  session.setItem(`tertulia.draft.${ADA}`, 'half a tho');
  const eve = pageOn(local);
  eve.keepPending(EVE, [line('e')]);
  eve.keepRead(EVE, { epoch: EPOCH, number: 3 });
  ada.wipe(ADA, false);
  assert.equal(session.length, 0);
  assert.deepEqual(eve.readBy(EVE), { epoch: EPOCH, number: 3 });
  assert.deepEqual(eve.takenOver(), new Set());
  assert.deepEqual(pageOn(local).inherit(ADA, new Set([eve.page])), []);
});

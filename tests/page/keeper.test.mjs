import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Channel, FakeStorage, ModelPage } from './model-page.mjs';

const ADA = { id: 'aaaaaaaaaaaaaaaa', name: 'Ada' };

/** A browser, and a way to open pages in it. */
function browser() {
  const [local, channel] = [new FakeStorage(), new Channel()];
  return { local, open: (session = new FakeStorage()) => new ModelPage(ADA, { local, session, channel }) };
}

/** @param {ModelPage} page */
const lines = (page) => page.state.pending.map((line) => line.text);

test('a page that lives keeps its lines, though its tab is duplicated', async () => {
  const { open } = browser();
  const one = open();
  await one.turn();
  one.conversation.say('mine');
  const twin = open(one.session.copy());
  await twin.turn();
  assert.deepEqual([lines(one), lines(twin)], [['mine'], []]);
});

test('a page that is gone leaves its lines to the next', async () => {
  const { open } = browser();
  const one = open();
  await one.turn();
  one.conversation.say('first');
  one.conversation.say('second');
  one.die();
  const [two, three] = [open(), open()];
  await two.turn();
  await three.turn();
  assert.deepEqual([lines(two), lines(three)], [['first', 'second'], []]);
});

test('a page that was frozen gives up what another has taken over, and keeps what came later', async () => {
  const { open } = browser();
  const frozen = open();
  await frozen.turn();
  frozen.conversation.say('mine once');
  frozen.freeze(true);
  const heir = open();
  await heir.turn();
  assert.deepEqual(lines(heir), ['mine once']);
  frozen.conversation.say('said as it woke');
  assert.deepEqual(lines(frozen), ['said as it woke']);
  frozen.freeze(false);
  assert.deepEqual([lines(frozen), lines(heir)], [['said as it woke'], ['mine once']]);
});

test('who has left meanwhile inherits nothing', async () => {
  const { open, local } = browser();
  const one = open();
  await one.turn();
  one.conversation.say('private');
  one.die();
  const two = open();
  two.conversation.dispatch({ type: 'signed-out', notice: 'left' });
  two.keeper.forget(ADA, true);
  await two.turn();
  assert.deepEqual(lines(two), []);
  assert.equal(local.length, 0);
});

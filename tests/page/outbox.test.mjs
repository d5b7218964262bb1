import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Conversation } from '../../static/conversation.js';
import { IN_FLIGHT } from '../../static/outbox.js';
import { initialState } from '../../static/state.js';
import { PENDING_LENGTH, PENDING_LIMIT } from '../../static/state/pending.js';

/** @import { ClientCommand, ServerFrame } from '../../static/types.d.ts' */

const ADA = { id: '000000000000000a', name: 'Ada' };
const AT = '2026-11-25T17:43:03.123Z';

/** Ada's page, whose socket is the test's. */
class Page {
  /** @type {ClientCommand[]} */
  commands = [];
  isJammed = false;
  rendered = 0;
  greetings = 0;
  /** @type {(() => void)[]} */
  later = [];
  #ids = 0;

  conversation = new Conversation(initialState('en'), {
    now: () => 0,
    newId: () => `id-${(this.#ids += 1)}`,
    send: (command) => !this.isJammed && this.commands.push(command) > 0,
    soon: (run) => this.later.push(run),
    greeted: () => (this.greetings += 1),
    changed: () => (this.rendered += 1),
  });

  constructor() {
    this.conversation.dispatch({ type: 'entered', user: ADA });
  }

  /** @param {ServerFrame[]} frames */
  hears(...frames) {
    for (const frame of frames) this.conversation.received(frame);
    for (const run of this.later.splice(0)) run();
  }

  /** @param {string} [epoch] */
  connects(epoch = 'e1') {
    this.conversation.dispatch({ type: 'connecting' });
    this.hears(
      { type: 'auth', user: ADA, socket: '1', protocol: 'tertulia.v1', heartbeat: { interval: 0, timeout: 0 }, limits: { text: 0, frames: 0 }, epoch },
      { type: 'user-list', users: [ADA], version: 1 },
      { type: 'history', lines: [], more: false },
    );
  }

  loses() {
    this.conversation.dispatch({ type: 'lost', code: 1006, retryAt: 0 });
    this.commands = [];
  }

  /** The ids that were said, in order. */
  get said() {
    return this.commands.flatMap((command) => (command.type === 'say' ? [command.id] : []));
  }

  get fates() {
    return this.conversation.state.pending.map(({ id, status }) => `${id} ${status}`);
  }
}

test('nothing is said before the greeting is over', () => {
  const page = new Page();
  page.conversation.say('hello');
  assert.deepEqual(page.fates, ['id-1 waiting']);
  page.hears({ type: 'auth', user: ADA, socket: '1', protocol: '', heartbeat: { interval: 0, timeout: 0 }, limits: { text: 0, frames: 0 }, epoch: 'e1' });
  assert.deepEqual(page.said, []);
  page.hears({ type: 'history', lines: [], more: false });
  assert.deepEqual(page.said, ['id-1']);
  assert.deepEqual(page.fates, ['id-1 sent']);
  assert.equal(page.greetings, 1);
});

test('what was sent is said again in the same epoch, in order, before what waits', () => {
  const page = new Page();
  page.connects();
  page.conversation.say('one');
  page.conversation.say('two');
  page.loses();
  page.conversation.say('three');
  assert.deepEqual(page.said, []);
  page.connects();
  assert.deepEqual(page.said, ['id-1', 'id-2', 'id-3']);
  page.hears({ type: 'server-time', at: AT });
  assert.equal(page.said.length, 3, 'once for each socket');
});

test('in another epoch only what no socket has had is said', () => {
  const page = new Page();
  page.connects();
  page.conversation.say('one');
  page.loses();
  page.conversation.say('two');
  page.connects('e2');
  assert.deepEqual(page.said, ['id-2']);
  assert.deepEqual(page.fates, ['id-1 unsure', 'id-2 sent']);
  page.conversation.sayAgain('id-2');
  assert.equal(page.said.length, 1, 'only what is settled can be said again');
  page.conversation.sayAgain('id-1');
  assert.deepEqual(page.said, ['id-2', 'id-3']);
  assert.deepEqual(page.commands.at(-1), { type: 'say', id: 'id-3', text: 'one' });
});

test('so many are unacknowledged at once, and each ack lets one more go', () => {
  const page = new Page();
  page.connects();
  for (let n = 1; n <= IN_FLIGHT + 3; n += 1) page.conversation.say(`line ${n}`);
  assert.equal(page.said.length, IN_FLIGHT);
  page.hears({ type: 'ack', id: 'id-1', chat: 1, at: AT });
  assert.equal(page.said.length, IN_FLIGHT + 1);
  assert.equal(page.said.at(-1), `id-${IN_FLIGHT + 1}`);
  page.loses();
  page.connects();
  assert.equal(page.said.length, IN_FLIGHT, 'after a cut as well');
});

test('lines taken over from another page keep to that, too', () => {
  const page = new Page();
  page.connects();
  const lines = Array.from({ length: IN_FLIGHT + 5 }, (_, n) => {
    const sent = /** @type {const} */ ({ status: 'sent', epoch: 'e1', after: 0, number: null, refusal: null });
    return { ...sent, id: `old-${n}`, text: `line ${n}` };
  });
  page.conversation.say('my own');
  page.conversation.dispatch({ type: 'adopted', lines });
  // Its own was said before anybody knew of them.
  assert.deepEqual(page.said, ['id-1', ...lines.slice(0, IN_FLIGHT).map((line) => line.id)]);
  page.hears(...lines.slice(0, 6).map(({ id }, n) => /** @type {ServerFrame} */ ({ type: 'ack', id, chat: n + 1, at: AT })));
  assert.deepEqual(page.said.slice(-5), lines.slice(-5).map((line) => line.id));
});

test('a jammed socket keeps the order', () => {
  const page = new Page();
  page.connects();
  page.isJammed = true;
  page.conversation.say('one');
  page.conversation.say('two');
  assert.deepEqual(page.fates, ['id-1 waiting', 'id-2 waiting']);
  page.isJammed = false;
  page.conversation.say('three');
  assert.deepEqual(page.said, ['id-1', 'id-2', 'id-3']);
});

test('too many lines on their way stay in the box, and so does what nobody is there to say', () => {
  const page = new Page();
  for (let n = 0; n < PENDING_LIMIT; n += 1) assert.equal(page.conversation.say('line'), true);
  assert.equal(page.conversation.say('one too many'), false);
  page.conversation.dispatch({ type: 'signed-out', notice: 'left' });
  assert.equal(page.conversation.say('from nobody'), false);
});

test('lines on their way take no more room than the browser has, but one is always taken', () => {
  const page = new Page();
  assert.equal(page.conversation.say('x'.repeat(PENDING_LENGTH + 1)), true);
  assert.equal(page.conversation.say('y'), false);
  page.conversation.dispatch({ type: 'taken-back', id: 'id-1' });
  assert.equal(page.conversation.say('x'.repeat(PENDING_LENGTH - 1)), true);
  assert.equal(page.conversation.say('y'), true);
  assert.equal(page.conversation.say('z'), false);
});

test('a burst of frames is shown once', () => {
  const page = new Page();
  page.connects();
  page.rendered = 0;
  page.hears(...Array.from({ length: 500 }, (_, n) => /** @type {ServerFrame} */ ({ type: 'chat', id: n + 1, user: ADA, text: 'x', at: AT })));
  assert.equal(page.rendered, 1);
  assert.equal(page.conversation.state.log.length, 500);
});

test('what happens to the socket comes behind the frames that came before it', () => {
  const page = new Page();
  page.connects();
  page.conversation.received({ type: 'error', code: 'too-fast', message: 'slow down' });
  page.conversation.dispatch({ type: 'stopped' });
  const { link } = page.conversation.state;
  assert.equal(link.status === 'stopped' && link.cause, 'too-fast');
});

test('older lines are asked for once, and only where there are any', () => {
  const page = new Page();
  page.connects();
  page.conversation.askOlder();
  assert.deepEqual(page.commands, []);
  page.loses();
  page.conversation.dispatch({ type: 'connecting' });
  const line = /** @type {const} */ ({ type: 'chat', id: 41, user: ADA, text: 'x', at: AT });
  page.hears(
    { type: 'auth', user: ADA, socket: '1', protocol: '', heartbeat: { interval: 0, timeout: 0 }, limits: { text: 0, frames: 0 }, epoch: 'e1' },
    { type: 'history', lines: [line], more: true },
  );
  page.conversation.askOlder();
  page.conversation.askOlder();
  assert.deepEqual(page.commands, [{ type: 'history', before: 41, limit: 100 }]);
});

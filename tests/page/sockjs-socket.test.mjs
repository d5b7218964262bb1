import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SockJsSocket } from '../../static/sockjs-socket.js';

// Node has no such event before version 23.
globalThis.CloseEvent ??= /** @type {any} */ (
  class extends Event {
    /** @param {string} type @param {CloseEventInit} init */
    constructor(type, init) {
      super(type);
      Object.assign(this, init);
    }
  }
);

class Session {
  static last = /** @type {Session} */ (/** @type {unknown} */ (null));
  transport = 'xhr-streaming';
  readyState = 0;
  /** @type {string[]} */
  sent = [];
  closed = /** @type {unknown} */ (null);
  /** @type {any} */ onopen = null;
  /** @type {any} */ onmessage = null;
  /** @type {any} */ onclose = null;

  /** @param {string} url @param {null} _ @param {object} options */
  constructor(url, _, options) {
    Object.assign(this, { url, options });
    Session.last = this;
  }
  /** @param {string} data */
  send(data) {
    this.sent.push(data);
  }
  /** @param {number} code @param {string} reason */
  close(code, reason) {
    this.closed = [code, reason];
  }
}

async function opened() {
  const socket = new SockJsSocket('http://h/sockjs?after=1', 'tertulia.v1', async () => /** @type {any} */ (Session));
  await Promise.resolve();
  await Promise.resolve();
  /** @type {string[]} */
  const told = [];
  socket.onopen = () => told.push('open');
  socket.onmessage = ({ data }) => told.push(data);
  socket.onclose = ({ code, reason, wasClean }) => told.push(`${code} ${reason} ${wasClean}`);
  return { socket, session: Session.last, told };
}

test('it opens, hears, says and closes as a WebSocket does', async () => {
  const { socket, session, told } = await opened();
  assert.equal(/** @type {any} */ (session).url, 'http://h/sockjs?after=1&protocol=tertulia.v1');
  assert.throws(() => socket.send('early'), { name: 'InvalidStateError' });
  session.onopen();
  assert.deepEqual([socket.readyState, socket.transport], [1, 'xhr-streaming']);
  session.onmessage({ data: 'hello' });
  socket.send('you');
  assert.deepEqual(session.sent, ['you']);
  socket.close(1000);
  assert.deepEqual([socket.readyState, session.closed], [2, [1000, '']]);
  socket.send('late');
  session.onclose({ code: 1000, reason: '' });
  assert.deepEqual(told, ['open', 'hello', '1000  true']);
  assert.deepEqual(session.sent, ['you']);
});

test("SockJS' own codes are losses, and the server's are what they are", async () => {
  for (const [code, seen] of [[1002, 1006], [2010, 1006], [1006, 1006], [1008, 1008], [1012, 1012], [4008, 4008]]) {
    const { session, told } = await opened();
    session.onopen();
    session.onclose({ code, reason: 'why' });
    assert.deepEqual(told, ['open', `${seen} why ${seen !== 1006}`]);
  }
});

test('closed before its code has come, or without it, it ends once', async () => {
  const socket = new SockJsSocket('http://h/sockjs', 'p', () => Promise.reject(new Error('offline')));
  /** @type {number[]} */
  const ends = [];
  socket.onclose = ({ code }) => ends.push(code);
  socket.close();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(ends, [1006]);
});

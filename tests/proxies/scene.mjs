/** Where a proxy test takes place: one Chromium for all tests of a file; a server and a proxy for each test. */

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { Person, launchBrowser } from '../browser/people.mjs';
import { startServer } from '../browser/server.mjs';
import { layWire } from '../browser/wire.mjs';
import { takeName, visit } from './guest.mjs';
import { NAME, startProxy } from './proxy.mjs';
import { Stream } from './stream.mjs';

/** What our documents say of a server behind a proxy. */
export const BEHIND = ['--public-url', `https://${NAME}`, '--trusted-proxy', '127.0.0.1'];

/** Seconds that the proxy lets a socket be silent, where a test waits for that. */
export const SILENCE = 2;
/** The server pings more often. */
export const EAGER = ['--heartbeat-interval', '500ms'];

const launched = launchBrowser([`--host-resolver-rules=MAP ${NAME} 127.0.0.1`]);
after(async () => (await launched).close());

/**
 * @param {import('node:test').TestContext} t
 * @param {import('./kinds.mjs').Name} kind
 * @param {object} [wishes]
 * @param {string[]} [wishes.options] of the server, beside those that it needs
 * @param {string[]} [wishes.behind] those that it needs
 * @param {import('./proxy.mjs').Wishes} [wishes.proxy]
 * @param {boolean} [wishes.wired] put a wire between proxy and server
 */
export async function scene(t, kind, { options = [], behind = BEHIND, proxy: wishes = {}, wired = false } = {}) {
  const browser = await launched;
  const path = wishes.below ? ['--base-path', '/chat'] : [];
  const server = await startServer([...behind, ...path, ...options]);
  const wire = wired ? await layWire(server.url) : null;
  const proxy = await startProxy(kind, wire?.url ?? server.url, wishes);
  /** @type {Person[]} */
  const people = [];
  /** @type {import('./guest.mjs').Guest[]} */
  const guests = [];
  /** @type {Stream[]} */
  const streams = [];
  t.after(async () => {
    await Promise.all(people.map((person) => person.depart()));
    for (const guest of [...guests, ...streams]) guest.leave();
    // Apache ends at once only when its answers have ended.
    await server.remove();
    wire?.remove();
    await proxy.remove();
    assert.deepEqual(people.flatMap((person) => person.complaints), []);
  });
  const below = wishes.below ? '/chat/' : '/';
  return {
    server,
    proxy,
    /** Between proxy and server, where the test wants one. */
    wire,
    /** The page through the proxy, with its slash. */
    base: `${proxy.url}${below}`,
    /** The page without the proxy. */
    direct: new URL(below, server.url).href,
    /** @param {import('playwright-core').BrowserContextOptions} [context] */
    async arrive(context = {}) {
      const person = await Person.arrive(browser, { ignoreHTTPSErrors: true, ...context });
      people.push(person);
      return person;
    },
    /** @type {typeof visit} */
    async visit(...who) {
      const guest = await visit(...who);
      guests.push(guest);
      return guest;
    },
    /**
     * Somebody who comes in through the proxy by SockJS.
     *
     * @param {string} name
     */
    async stream(name) {
      const { cookie } = await takeName(`${proxy.url}${below}`, name);
      const stream = new Stream(`${proxy.url}${below}`, cookie);
      streams.push(stream);
      await stream.until(() => stream.isOpen);
      return stream;
    },
  };
}

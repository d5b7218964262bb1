/**
 * Where a browser test takes place: one Chromium for all tests of a file, a server of its own for each test.
 */

import assert from 'node:assert/strict';
import { after } from 'node:test';

import { Person, launchBrowser } from './people.mjs';
import { startServer } from './server.mjs';

const launched = launchBrowser();
after(async () => (await launched).close());

/**
 * A server, and people who come with a browser. When the test is over all of it goes away, and whatever the page did
 * that it must never do (an error, a broken policy, a request to strangers) fails the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} [options] of the server
 */
export async function scene(t, options = []) {
  const browser = await launched;
  const server = await startServer(options);
  /** @type {Person[]} */
  const people = [];
  t.after(async () => {
    await Promise.all(people.map((person) => person.depart()));
    await server.remove();
    assert.deepEqual(people.flatMap((person) => person.complaints), []);
  });
  /** @param {import('playwright-core').BrowserContextOptions} [context] */
  async function arrive(context) {
    const person = await Person.arrive(browser, context);
    people.push(person);
    return person;
  }
  return { server, arrive };
}

/**
 * A page without a screen: the real conversation, storage and tabs, on a wire that the test holds. What the page leaves
 * for later is done when the test says so.
 *
 * @import { Position, ServerFrame, User } from '../../static/types.d.ts'
 * @import { ModelServer, Wire } from './model-server.mjs'
 */

import { Conversation } from '../../static/conversation.js';
import { Keeper } from '../../static/keeper.js';
import { initialState } from '../../static/state.js';
import { PageStorage } from '../../static/storage.js';
import { Tabs } from '../../static/tabs.js';

/** As browsers have it. */
export class FakeStorage {
  /** @type {Map<string, string>} */
  #items = new Map();
  /** Characters that it takes in all. */
  quota = Infinity;

  get length() {
    return this.#items.size;
  }

  /** @param {number} n */
  key(n) {
    return [...this.#items.keys()][n] ?? null;
  }

  /** @param {string} key */
  getItem(key) {
    return this.#items.get(key) ?? null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    if (key.length + value.length > this.quota) throw new DOMException('full', 'QuotaExceededError');
    this.#items.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#items.delete(key);
  }

  copy() {
    const copy = new FakeStorage();
    for (const [key, value] of this.#items) copy.setItem(key, value);
    return copy;
  }
}

/** What the pages of one browser say to each other arrives at once, but not at a page that is frozen. */
export class Channel {
  /** @type {Set<{ onmessage: ((event: { data: unknown }) => void) | null, isFrozen: boolean }>} */
  #ends = new Set();

  open() {
    const channel = {
      /** @type {((event: { data: unknown }) => void) | null} */
      onmessage: null,
      isFrozen: false,
      /** @param {unknown} data */
      postMessage: (data) => {
        for (const end of this.#ends) if (end !== channel && !end.isFrozen) end.onmessage?.({ data: structuredClone(data) });
      },
      close: () => this.#ends.delete(channel),
    };
    this.#ends.add(channel);
    return channel;
  }
}

let ids = 0;
/** Unlike chance, this never makes the same twice. */
const newId = () => (ids += 1).toString(16).padStart(16, '0');

export class ModelPage {
  /** @type {Wire | null} */
  wire = null;
  /** What the page has put off. @type {(() => void)[]} */
  later = [];
  /** What this person had read before the page had anything to show. @type {Position | null} */
  readAtStart;
  isFrozen = false;

  /**
   * @param {User} user
   * @param {{ local: FakeStorage, session: FakeStorage, channel: Channel }} browser
   */
  constructor(user, { local, session, channel }) {
    this.user = user;
    this.session = session;
    this.storage = new PageStorage(() => /** @type {any} */ (local), () => /** @type {any} */ (session), newId);
    this.readAtStart = this.storage.readBy(user.id);
    this.#channel = channel.open();
    const around = { now: () => 0, after: (/** @type {() => void} */ run) => this.later.push(run) };
    this.tabs = new Tabs(
      { ...around, channel: () => /** @type {any} */ (this.#channel), locks: undefined, page: this.storage.page },
      (message) => {
        if (message.type === 'read') this.#readElsewhere(message.user, message.read);
        if (message.type === 'inherited' && message.page === this.storage.page) this.keeper.check();
      },
    );
    this.conversation = new Conversation(initialState('en'), {
      now: () => 0,
      newId,
      send: (command) => this.wire !== null && this.wire.up.push(command) > 0,
      soon: (run) => this.later.push(run),
      greeted: () => (this.#wasGreeted = true),
      changed: (state, before) => this.keeper.changed(state, before),
    });
    this.keeper = new Keeper(this.conversation, this.storage, this.tabs);
    void this.keeper.enter(user);
  }

  #channel;
  #wasGreeted = false;

  /** @param {string} user @param {Position} read */
  #readElsewhere(user, read) {
    this.keeper.readElsewhere(user, read);
    if (!this.#wasGreeted && this.readAtStart !== null) this.readAtStart = this.state.read;
  }

  get state() {
    return this.conversation.state;
  }

  /** @param {ModelServer} server */
  connect(server) {
    if (this.wire) return;
    this.keeper.check();
    this.conversation.dispatch({ type: 'connecting' });
    this.wire = server.connect(this.user, this.state.held);
  }

  /** The page finds out that its wire is cut. */
  notice() {
    if (this.wire === null || this.wire.isWhole) return;
    this.wire = null;
    this.conversation.dispatch({ type: 'lost', code: 1006, retryAt: 0 });
  }

  /** The oldest frame under way arrives. */
  deliverDown() {
    const frame = this.wire?.down.shift();
    if (frame) this.conversation.received(frame);
    return frame !== undefined;
  }

  /** What was put off is done. */
  async turn() {
    for (const run of this.later.splice(0)) run();
    // Whoever waits for a promise goes on.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** @param {boolean} isFrozen */
  freeze(isFrozen) {
    this.isFrozen = isFrozen;
    this.#channel.isFrozen = isFrozen;
    if (!isFrozen) this.keeper.check();
  }

  /** Gone without a word. */
  die() {
    this.wire?.cut();
    this.wire = null;
    this.#channel.close();
  }
}

/**
 * Joins a conversation with what outlives it: the storage, and the other tabs. No DOM.
 *
 * @import { Conversation } from './conversation.js'
 * @import { PageStorage } from './storage.js'
 * @import { Tabs } from './tabs.js'
 * @import { State, User } from './types.d.ts'
 */

export class Keeper {
  #conversation;
  #storage;
  #tabs;
  /** As it was written last. @type {State['read']} */
  #keptRead = null;

  /**
   * @param {Conversation} conversation
   * @param {PageStorage} storage
   * @param {Tabs} tabs
   */
  constructor(conversation, storage, tabs) {
    this.#conversation = conversation;
    this.#storage = storage;
    this.#tabs = tabs;
  }

  /**
   * Somebody comes in: takes up what an earlier page of theirs left behind.
   *
   * @param {User} user
   */
  async enter(user) {
    this.#keptRead = this.#storage.readBy(user.id);
    this.#conversation.dispatch({ type: 'entered', user, read: this.#keptRead });
    // Not sooner, though the page before this one in the same tab is mostly gone: a duplicated tab is a copy of one
    // that lives, and what both said in different epochs would be heard twice.
    const alive = await this.#tabs.rollCall();
    if (this.#conversation.state.me?.id !== user.id) return;
    for (const { page, lines } of this.#storage.inherit(user.id, alive)) {
      this.#tabs.tell({ type: 'inherited', page });
      this.#take(lines);
    }
  }

  /** @param {import('./types.d.ts').Pending[]} lines */
  #take(lines) {
    if (lines.length > 0) this.#conversation.dispatch({ type: 'adopted', lines });
  }

  /**
   * To be called for each new state.
   *
   * @param {State} state
   * @param {State} before
   */
  changed(state, before) {
    if (state.me === null) return;
    if (state.pending !== before.pending) {
      this.check();
      // What was given up in between is written by the change that came of it.
      if (this.#conversation.state === state) this.#storage.keepPending(state.me.id, state.pending);
    }
    if (state.read !== null && state.read !== before.read && state.visible && state.focused) {
      this.#tabs.tell({ type: 'read', user: state.me.id, read: state.read });
    }
  }

  /** Gives up what another tab has taken over, while this one was frozen and could not be heard. */
  check() {
    const ids = this.#storage.takenOver();
    if (ids.size > 0) this.#conversation.dispatch({ type: 'disowned', ids });
  }

  /** Writes down how far one has read. Once a second is enough: who comes back is shown some lines again anyway. */
  keepRead() {
    const { me, read } = this.#conversation.state;
    if (me === null || read === null || read === this.#keptRead) return;
    this.#keptRead = read;
    this.#storage.keepRead(me.id, read);
  }

  /**
   * Another tab has shown these lines.
   *
   * @param {string} user
   * @param {import('./types.d.ts').Position} read
   */
  readElsewhere(user, read) {
    if (this.#conversation.state.me?.id !== user) return;
    this.#conversation.dispatch({ type: 'read-elsewhere', read });
  }

  /**
   * This person is gone.
   *
   * @param {User} user
   * @param {boolean} everybody they have logged out, so nobody is anybody in this browser
   */
  forget(user, everybody) {
    this.#keptRead = null;
    this.#storage.wipe(user.id, everybody);
  }
}

/**
 * The tabs of one browser, which are one person: what one of them learns reaches the others at once, and of all of
 * them one speaks up. No DOM; channel, locks and clock come from outside.
 *
 * @import { Language, Position, User } from './types.d.ts'
 */

/** How long a roll call waits for answers: those of hidden tabs come as fast as any. Milliseconds. */
export const ROLL_CALL = 400;
/** A tab that is looked at says so this often, and is believed twice as long. Milliseconds. */
export const ATTENTION_EVERY = 30_000;
/** Held by the one tab that notifies. */
const LEADER_LOCK = 'tertulia.leader';

/**
 * @typedef {{ type: 'entered' }
 *   | { type: 'left', user: string }
 *   | { type: 'language', language: Language }
 *   | { type: 'read', user: string, read: Position }
 *   | { type: 'inherited', page: string }
 *   | { type: 'attention', page: string, attentive: boolean }
 *   | { type: 'who' }
 *   | { type: 'here', page: string }} TabMessage
 */

/**
 * @typedef {object} Around
 * @property {() => BroadcastChannel | null} channel `null` where browsers have none
 * @property {LockManager | undefined} locks there in secure contexts only, as are notifications
 * @property {string} page the name of this page
 * @property {() => number} now
 * @property {(run: () => void, delay: number) => unknown} after
 */

export class Tabs {
  #around;
  #channel;
  #on;
  /** Who is looked at, and until when that is believed. @type {Map<string, number>} */
  #attentive = new Map();
  /** Who answered the roll call in progress. @type {Set<string> | null} */
  #answers = null;
  #isAttentive = false;
  #saidSoAt = -Infinity;
  #isLeader = false;

  /**
   * @param {Around} around
   * @param {(message: TabMessage) => void} on what another tab says, but for what is settled here
   */
  constructor(around, on) {
    this.#around = around;
    this.#on = on;
    this.#channel = around.channel();
    if (this.#channel) this.#channel.onmessage = (event) => this.#heard(event.data);
    this.#stand();
  }

  /** For as long as this tab lives, once the one before it has gone. */
  #stand() {
    const { locks } = this.#around;
    if (!locks) {
      this.#isLeader = true;
      return;
    }
    void locks.request(LEADER_LOCK, () => {
      this.#isLeader = true;
      return new Promise(() => {});
    });
  }

  /**
   * Whether this tab is the one to notify: one of all, and only while this person looks at none of them.
   */
  get mayNotify() {
    const now = this.#around.now();
    return this.#isLeader && !this.#isAttentive && ![...this.#attentive.values()].some((until) => until > now);
  }

  /** @param {TabMessage} message */
  tell(message) {
    this.#channel?.postMessage(message);
  }

  /**
   * Whether the reader is here. Also to be called once in a while when nothing has changed.
   *
   * @param {boolean} attentive
   */
  attend(attentive) {
    const now = this.#around.now();
    const isNews = attentive !== this.#isAttentive || (attentive && now - this.#saidSoAt >= ATTENTION_EVERY);
    this.#isAttentive = attentive;
    if (!isNews) return;
    this.#saidSoAt = now;
    this.tell({ type: 'attention', page: this.#around.page, attentive });
  }

  /**
   * The names of the pages in the other tabs.
   *
   * @returns {Promise<ReadonlySet<string>>}
   */
  async rollCall() {
    const answers = this.#answers ?? new Set();
    this.#answers = answers;
    this.tell({ type: 'who' });
    await new Promise((resolve) => void this.#around.after(() => resolve(null), ROLL_CALL));
    if (this.#answers === answers) this.#answers = null;
    return answers;
  }

  /** @param {TabMessage} message */
  #heard(message) {
    switch (message?.type) {
      case 'who':
        return this.tell({ type: 'here', page: this.#around.page });
      case 'here':
        this.#answers?.add(message.page);
        return;
      case 'attention':
        if (message.attentive) this.#attentive.set(message.page, this.#around.now() + 2 * ATTENTION_EVERY);
        else this.#attentive.delete(message.page);
        return;
      default:
        this.#on(message);
    }
  }
}

/**
 * What the person at this browser likes, kept over a reload and over a log-out, alike in all tabs. No DOM.
 */

/** `storage.js` keeps it over a log-out: it tells nothing about who was here. */
export const PREFERENCES_KEY = 'tertulia.preferences';

/**
 * @typedef {object} Wishes
 * @property {boolean} notify whether notifications are wanted
 * @property {boolean} showText whether a notification shows what was said
 */

/** @type {Wishes} */
const DEFAULTS = { notify: false, showText: true };

export class Preferences {
  #storage;
  #wishes = DEFAULTS;
  /** @type {(() => void)[]} */
  #listeners = [];

  /** @param {() => Storage} storage the access itself may throw */
  constructor(storage) {
    this.#storage = storage;
    this.#read();
  }

  get wishes() {
    return this.#wishes;
  }

  /** @param {Partial<Wishes>} change */
  set(change) {
    this.#wishes = { ...this.#wishes, ...change };
    try {
      this.#storage().setItem(PREFERENCES_KEY, JSON.stringify(this.#wishes));
    } catch {
      // Storage may be forbidden or full; then wishes last as long as the page.
    }
    this.#tell();
  }

  /** Another tab has written them. */
  readAgain() {
    this.#read();
    this.#tell();
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }

  #read() {
    try {
      const kept = JSON.parse(this.#storage().getItem(PREFERENCES_KEY) ?? '{}');
      const known = Object.entries(DEFAULTS).filter(([name]) => typeof kept?.[name] === 'boolean');
      this.#wishes = { ...DEFAULTS, ...Object.fromEntries(known.map(([name]) => [name, kept[name]])) };
    } catch {
      // As above, or a stranger wrote it: what we know stays.
    }
  }
}

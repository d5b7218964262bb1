/**
 * What the browser keeps, so that neither a reload nor a crash nor a closed tab loses a line: one's own lines on their
 * way, for each page, and how far one has read. No DOM. Storage may be forbidden, full, or written by a stranger; all
 * of that is borne, and then things last as long as the page.
 *
 * A page has a name of its own each time it is loaded. What one left behind is inherited by the next of that person,
 * once, when it is known to be no more.
 *
 * | key | where | holds |
 * | --- | --- | --- |
 * | `tertulia.language` | local | the language chosen by hand |
 * | `tertulia.preferences` | local | what `preferences.js` keeps |
 * | `tertulia.read` | local | the person and the line up to which they have read |
 * | `tertulia.way` | session | `sockjs`, where WebSocket did not come through |
 * | `tertulia.pending.<page>` | local | the person and their lines on their way in that page |
 *
 * @import { Language, Pending, Position } from './types.d.ts'
 */

const PREFIX = 'tertulia.';
const LANGUAGE = `${PREFIX}language`;
const PREFERENCES = `${PREFIX}preferences`;
const READ = `${PREFIX}read`;
const WAY = `${PREFIX}way`;
const PENDING = `${PREFIX}pending.`;
/** Outlives a log-out: it tells nothing about who was here. */
const KEPT = new Set([LANGUAGE, PREFERENCES]);
/** As the protocol has them. */
const EPOCH = /^[0-9a-f]{16}$/;
const ID = /^[\w-]{1,64}$/;
/** More records than these were left behind by nobody in good faith. */
const HEIRLOOMS = 32;

export class PageStorage {
  #local;
  #session;
  /** The ids in the record of this page, as it was written last. @type {Set<string>} */
  #written = new Set();

  /**
   * @param {() => Storage} local the access itself may throw
   * @param {() => Storage} session
   * @param {() => string} newId
   */
  constructor(local, session, newId) {
    this.#local = shelf(local);
    this.#session = shelf(session);
    /** The name of this page. */
    this.page = newId();
  }

  get language() {
    return this.#local.get(LANGUAGE);
  }

  /** @param {Language} language */
  keepLanguage(language) {
    this.#local.set(LANGUAGE, language);
  }

  /** The way that the last page in this tab has found. */
  get way() {
    return this.#session.get(WAY) === 'sockjs' ? /** @type {const} */ ('sockjs') : null;
  }

  /** @param {'websocket' | 'sockjs'} way */
  keepWay(way) {
    this.#session.set(WAY, way);
  }

  /**
   * How far this person has read, in whatever tab.
   *
   * @param {string} user
   * @returns {Position | null}
   */
  readBy(user) {
    const kept = parsed(this.#local.get(READ));
    if (kept?.user !== user || !EPOCH.test(kept.epoch) || !Number.isSafeInteger(kept.number)) return null;
    // A server would refuse any other, each time anew.
    return kept.number < 0 ? null : { epoch: kept.epoch, number: kept.number };
  }

  /**
   * @param {string} user
   * @param {Position} read
   */
  keepRead(user, { epoch, number }) {
    const kept = this.readBy(user);
    // Of several tabs the one that has come farthest is right.
    if (kept?.epoch === epoch && kept.number >= number) return;
    this.#local.set(READ, JSON.stringify({ user, epoch, number }));
  }

  /**
   * Writes down the lines of this page that are on their way.
   *
   * @param {string} user
   * @param {readonly Pending[]} pending
   */
  keepPending(user, pending) {
    const lines = pending.filter((line) => line.status !== 'acked');
    if (lines.length === 0 && this.#written.size === 0) return;
    const key = PENDING + this.page;
    const isKept = lines.length > 0 && this.#local.set(key, JSON.stringify({ user, lines }));
    // Rather nothing than what is no longer so.
    if (!isKept) this.#local.remove(key);
    this.#written = new Set(isKept ? lines.map((line) => line.id) : []);
  }

  /** The lines that another page has taken over, while this one could not be heard: they are no longer this one's. */
  takenOver() {
    if (this.#written.size === 0) return new Set();
    const kept = parsed(this.#local.get(PENDING + this.page));
    const left = new Set(readLines(kept?.lines).map((line) => line.id));
    const gone = new Set([...this.#written].filter((id) => !left.has(id)));
    this.#written = new Set([...this.#written].filter((id) => left.has(id)));
    return gone;
  }

  /**
   * Takes the lines of pages that are no more. Each record has one heir, since it is gone once it was read.
   *
   * @param {string} user
   * @param {ReadonlySet<string>} alive
   * @returns {{ page: string, lines: Pending[] }[]}
   */
  inherit(user, alive) {
    const pages = this.#local.keys().filter((key) => key.startsWith(PENDING)).map((key) => key.slice(PENDING.length));
    const orphans = pages.filter((page) => page !== this.page && !alive.has(page));
    return orphans.slice(0, HEIRLOOMS).map((page) => {
      const lines = this.#linesOf(page, user);
      this.#local.remove(PENDING + page);
      return { page, lines };
    });
  }

  /**
   * @param {string} page
   * @param {string} user
   */
  #linesOf(page, user) {
    const kept = parsed(this.#local.get(PENDING + page));
    return kept?.user === user ? readLines(kept.lines) : [];
  }

  /**
   * This person is gone, and the next one at this screen finds nothing of them.
   *
   * @param {string} user
   * @param {boolean} everybody nobody is logged in, so nothing of anybody else is of use either
   */
  wipe(user, everybody) {
    this.#written = new Set();
    for (const place of [this.#local, this.#session]) {
      for (const key of place.keys()) {
        if (!key.startsWith(PREFIX) || KEPT.has(key)) continue;
        // What is not keyed by the person holds them.
        const isTheirs = key.includes(user) || parsed(place.get(key))?.user === user;
        if (everybody || isTheirs) place.remove(key);
      }
    }
  }
}

/**
 * The lines in a record; whatever is no line is left out.
 *
 * @param {unknown} value
 * @returns {Pending[]}
 */
function readLines(value) {
  if (!Array.isArray(value)) return [];
  return value.flatMap((line) => {
    const { id, text, status, epoch, after, refusal } = line ?? {};
    if (typeof id !== 'string' || !ID.test(id) || typeof text !== 'string' || text === '') return [];
    const wasSent = status === 'sent' && typeof epoch === 'string';
    if (!wasSent && !['waiting', 'unsure', 'refused'].includes(status)) return [];
    return [
      {
        id,
        text,
        status,
        epoch: typeof epoch === 'string' ? epoch : null,
        after: Number.isSafeInteger(after) ? after : 0,
        number: null,
        refusal: typeof refusal === 'string' ? /** @type {Pending['refusal']} */ (refusal) : null,
      },
    ];
  });
}

/** @param {string | null} text */
function parsed(text) {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * A storage that never throws.
 *
 * @param {() => Storage} place
 */
function shelf(place) {
  /**
   * @template T
   * @param {(storage: Storage) => T} use
   * @param {T} otherwise
   */
  const attempt = (use, otherwise) => {
    try {
      return use(place());
    } catch {
      return otherwise;
    }
  };
  return {
    /** @param {string} key */
    get: (key) => attempt((storage) => storage.getItem(key), null),
    /** @param {string} key @param {string} value */
    set: (key, value) => attempt((storage) => (storage.setItem(key, value), true), false),
    /** @param {string} key */
    remove: (key) => attempt((storage) => storage.removeItem(key), undefined),
    keys: () => attempt((storage) => Array.from({ length: storage.length }, (_, n) => storage.key(n) ?? ''), []),
  };
}

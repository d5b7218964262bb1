/**
 * What stands in the box, kept over a reload of this tab for the person who wrote it. Another tab has its own.
 */

/** Followed by the id of the user. */
const KEY = 'tertulia.draft.';
/** Storage is small, and no message is that long. UTF-16 units. */
const LIMIT = 256 * 1024;

/**
 * @param {string} user
 * @returns {string}
 */
export function draftOf(user) {
  try {
    return sessionStorage.getItem(KEY + user) ?? '';
  } catch {
    // Storage may be forbidden; then a draft lasts as long as the page.
    return '';
  }
}

/**
 * @param {string} user
 * @param {string} text none when it is empty
 */
export function keepDraft(user, text) {
  try {
    if (text === '' || text.length > LIMIT) sessionStorage.removeItem(KEY + user);
    else sessionStorage.setItem(KEY + user, text);
  } catch {
    // As above, or it is full.
  }
}

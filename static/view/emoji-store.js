/** The emoji data, fetched when somebody first needs it, and the emoji that this browser used last. */

import { readEmoji } from '../emoji.js';

/** @import { EmojiData } from '../emoji.js' */

const RECENT_KEY = 'tertulia.emoji';
const RECENT_LIMIT = 24;

/** @type {Promise<EmojiData> | null} */
let loading = null;
/** @type {EmojiData | null} */
let loaded = null;

/** What is here already. */
export function emojiNow() {
  return loaded;
}

/** Another call after a failure tries again. */
export function loadEmoji() {
  loading ??= fetchAll().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function fetchAll() {
  const [base, en, zh] = await Promise.all(['base', 'en', 'zh'].map(fetchList));
  loaded = readEmoji(base, en, zh);
  return loaded;
}

/** @param {string} name */
async function fetchList(name) {
  const answer = await fetch(`emoji/${name}.json`);
  if (!answer.ok) throw new Error(`emoji/${name}.json: ${answer.status}`);
  return answer.json();
}

/** @returns {string[]} the last one first */
export function recentEmoji() {
  try {
    const kept = JSON.parse(localStorage.getItem(RECENT_KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string').slice(0, RECENT_LIMIT) : [];
  } catch {
    // Storage may be forbidden, or hold what somebody else put there.
    return [];
  }
}

/** @param {string} emoji */
export function keepRecent(emoji) {
  const kept = [emoji, ...recentEmoji().filter((one) => one !== emoji)].slice(0, RECENT_LIMIT);
  try {
    localStorage.setItem(RECENT_KEY, JSON.stringify(kept));
  } catch {
    // As above.
  }
}

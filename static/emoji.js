/**
 * Emoji and how they are found: by shortcode, and by words in English and Chinese. Pure; `emoji/*.json` is read
 * elsewhere.
 */

/**
 * @typedef {object} Emoji
 * @property {string} emoji
 * @property {string[]} shortcodes the first is its own
 * @property {{ en: string, zh: string }} labels
 * @property {string[]} names lower case: its shortcodes and labels
 * @property {string[]} words lower case: further ones under which it is found
 */

/** @typedef {{ groups: string[], emoji: string[], shortcodes: string }} Base */
/** @typedef {{ labels: string, words: string }} Names */
/** @typedef {{ groups: { key: string, emoji: Emoji[] }[], all: Emoji[], byShortcode: Map<string, Emoji> }} EmojiData */

/** @typedef {(word: string, query: string) => boolean} Match */

/** @type {Match} */
const isWhole = (word, query) => word === query;
/** @type {Match} */
const begins = (word, query) => word.startsWith(query);
/** @type {Match} */
const hasPart = (word, query) => word.split(/[_\s-]/).some((part) => part.startsWith(query));
/** @type {Match} */
const has = (word, query) => word.includes(query);

/** What counts as a match, the best first. @type {['names' | 'words', Match][]} */
const RANKS = [
  ['names', isWhole],
  ['names', begins],
  ['words', isWhole],
  ['names', hasPart],
  ['words', begins],
  ['names', has],
  ['words', has],
];

/**
 * The lists of `scripts/emoji`, taken apart.
 *
 * @param {Base} base
 * @param {Names} en
 * @param {Names} zh
 * @returns {EmojiData}
 */
export function readEmoji(base, en, zh) {
  const shortcodes = base.shortcodes.split(' ');
  const names = { en: columns(en), zh: columns(zh) };
  /** @type {Emoji[]} */
  const all = [];
  const groups = base.groups.map((key, index) => {
    const emoji = (base.emoji[index] ?? '').split(' ').map((character) => {
      const at = all.length;
      const labels = { en: names.en.labels[at] ?? '', zh: names.zh.labels[at] ?? '' };
      const codes = (shortcodes[at] ?? '').split(',').map((code) => code || joinedLabel(labels.en));
      const further = `${names.en.words[at]},${names.zh.words[at]}`.toLowerCase();
      const one = {
        emoji: character,
        shortcodes: codes,
        labels,
        names: [...codes, labels.en, labels.zh].map((name) => name.toLowerCase()),
        words: further.split(',').filter((word) => word !== ''),
      };
      all.push(one);
      return one;
    });
    return { key, emoji };
  });
  const byShortcode = new Map(all.flatMap((one) => one.shortcodes.map((code) => [code, one])));
  return { groups, all, byShortcode };
}

/** @param {Names} names */
function columns({ labels, words }) {
  return { labels: labels.split('|'), words: words.split('|') };
}

/**
 * As `scripts/emoji` makes a shortcode of a name.
 *
 * @param {string} label
 */
function joinedLabel(label) {
  return label.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '_');
}

/**
 * The best matches first, and as in the lists among equals.
 *
 * @param {EmojiData} data
 * @param {string} query
 * @param {number} limit
 */
export function findEmoji(data, query, limit) {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return [];
  /** @type {Emoji[][]} */
  const found = RANKS.map(() => []);
  for (const one of data.all) {
    const rank = RANKS.findIndex(([of, matches]) => one[of].some((word) => matches(word, wanted)));
    if (rank >= 0) found[rank]?.push(one);
  }
  return found.flat().slice(0, limit);
}

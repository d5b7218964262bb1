/**
 * What can be completed at the caret: `:smi` to an emoji, `@Ad` to a name. Pure.
 *
 * @import { EmojiData } from './emoji.js'
 * @import { User } from './types.d.ts'
 */

import { findEmoji } from './emoji.js';
import { fold } from './markdown/mentions.js';

/** @typedef {{ kind: 'emoji' | 'name', from: number, query: string }} Token `from`: where its sign stands */
/** @typedef {{ insert: string, symbol: string, label: string, detail: string }} Choice */

/** So many are offered. */
export const CHOICE_LIMIT = 8;
/** Nothing that is completed is longer. UTF-16 units, the sign included. */
const REACH = 66;
/** A name may have spaces in it; a shortcode is two letters at least, or one Chinese one after a space. */
const NAME = /(?<![\p{L}\p{N}@_.+-])[@＠]([^\n@＠]{0,64})$/u;
const NAME_AFTER_HAN = /(?<=\p{Script=Han})[@＠]([^\n@＠]{0,64})$/u;
const SHORTCODE = /(?<![\p{L}\p{N}:：/])[:：]([a-z+][a-z0-9+_-]{1,31})$/iu;
const SHORTCODE_AFTER_HAN = /(?<=\p{Script=Han})[:：]([a-z+][a-z0-9+_-]{1,31})$/iu;
const CHINESE = /(?<=^|\s)[:：](\p{Script=Han}{1,8})$/u;
const FINISHED = /(?<![A-Za-z0-9:：/])[:：]([a-z0-9+_-]{1,32})[:：]$/iu;

/**
 * @param {string} text
 * @param {number} caret
 * @returns {Token | null}
 */
export function tokenAt(text, caret) {
  if (isCode(text, caret)) return null;
  const start = Math.max(0, caret - REACH);
  const before = text.slice(start, caret);
  const emoji = SHORTCODE.exec(before) ?? SHORTCODE_AFTER_HAN.exec(before) ?? CHINESE.exec(before);
  if (emoji) return { kind: 'emoji', from: start + emoji.index, query: String(emoji[1]) };
  const name = NAME.exec(before) ?? NAME_AFTER_HAN.exec(before);
  return name && { kind: 'name', from: start + name.index, query: String(name[1]) };
}

/**
 * A whole `:smile:` that ends at the caret, and the emoji for it.
 *
 * @param {string} text
 * @param {number} caret
 * @param {EmojiData} data
 * @returns {{ from: number, insert: string } | null}
 */
export function finishedShortcode(text, caret, data) {
  if (isCode(text, caret)) return null;
  const start = Math.max(0, caret - REACH);
  const found = FINISHED.exec(text.slice(start, caret));
  const emoji = found && data.byShortcode.get(String(found[1]).toLowerCase());
  return emoji ? { from: start + found.index, insert: emoji.emoji } : null;
}

/**
 * Whether backticks are open before the caret: there nothing means anything.
 *
 * @param {string} text
 * @param {number} caret
 */
function isCode(text, caret) {
  const before = text.slice(0, caret);
  const fences = before.match(/^ {0,3}```/gm)?.length ?? 0;
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return fences % 2 === 1 || (line.match(/`/g)?.length ?? 0) % 2 === 1;
}

/**
 * @param {string} query
 * @param {EmojiData} data
 * @param {'en' | 'zh'} language
 * @returns {Choice[]}
 */
export function emojiChoices(query, data, language) {
  return findEmoji(data, query, CHOICE_LIMIT).map(({ emoji, labels, shortcodes }) => ({
    insert: emoji,
    symbol: emoji,
    label: labels[language],
    detail: `:${shortcodes[0]}:`,
  }));
}

/**
 * Those whose name, or a word of it, begins like that. Nothing where the name is complete: then Enter sends.
 *
 * @param {string} query
 * @param {ReadonlyMap<string, User>} people
 * @param {User | null} me
 * @returns {Choice[]}
 */
export function nameChoices(query, people, me) {
  const wanted = fold(query);
  const isWhole = wanted.trimEnd();
  /** @type {User[][]} */
  const found = [[], []];
  for (const user of people.values()) {
    const name = fold(user.name);
    if (name === isWhole) return [];
    if (user.id === me?.id) continue;
    if (name.startsWith(wanted)) found[0]?.push(user);
    else if (wanted !== '' && name.split(/\s+/).some((word) => word.startsWith(wanted))) found[1]?.push(user);
  }
  return found
    .flatMap((users) => users.toSorted((one, other) => one.name.localeCompare(other.name)))
    .slice(0, CHOICE_LIMIT)
    .map(({ name }) => ({ insert: `@${name} `, symbol: '@', label: name, detail: '' }));
}

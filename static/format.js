/**
 * Times, names and sizes as people read them. Pure: plain values in, strings and numbers out.
 *
 * @import { Language, Timestamp } from './types.d.ts'
 */

const LOCALES = { en: 'en-GB', zh: 'zh-CN' };

/**
 * @param {Intl.DateTimeFormatOptions} options
 * @returns {(at: Timestamp | number, language: Language) => string}
 */
function formatter(options) {
  /** @type {Map<Language, Intl.DateTimeFormat>} */
  const made = new Map();
  return (at, language) => {
    const format = made.get(language) ?? new Intl.DateTimeFormat(LOCALES[language], options);
    made.set(language, format);
    const date = new Date(at);
    return Number.isNaN(date.getTime()) ? '' : format.format(date);
  };
}

/** `17:43` */
export const hourAndMinute = formatter({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
/** `17:43:03` */
export const timeOfDay = formatter({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
/** `Wednesday 25 November 2026` */
export const day = formatter({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
/** `Wednesday 25 November 2026 at 17:43:03 CET` */
export const dateAndTime = formatter({
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

/**
 * Whether two times fall on one day where the reader lives.
 *
 * @param {Timestamp} one
 * @param {Timestamp} other
 */
export function isSameDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/**
 * One letter for an avatar, two where a name has two words in letters that have cases: `AL` for Ada Lovelace.
 *
 * @param {string} name
 */
export function initials(name) {
  const words = name.trim().split(/\s+/u);
  const first = firstGrapheme(words[0] ?? '');
  const last = words.length > 1 ? firstGrapheme(words.at(-1) ?? '') : '';
  return /\p{Lu}|\p{Ll}/u.test(last) ? (first + last).toLocaleUpperCase() : first.toLocaleUpperCase();
}

/** @param {string} word */
function firstGrapheme(word) {
  // Cuts between code points where the browser cannot segment.
  if (!('Segmenter' in Intl)) return [...word][0] ?? '';
  for (const { segment } of new Intl.Segmenter().segment(word)) return segment;
  return '';
}

/**
 * A hue in degrees that stays with a user. The golden angle keeps neighbours apart.
 *
 * @param {string} id 16 hexadecimal digits
 */
export function hue(id) {
  const bits = Number.parseInt(id.slice(-6), 16) || 0;
  return Math.round((bits * 137.508) % 360);
}

const encoder = new TextEncoder();

/**
 * Bytes of `text` in UTF-8.
 *
 * @param {string} text
 */
export function utf8Bytes(text) {
  return encoder.encode(text).length;
}

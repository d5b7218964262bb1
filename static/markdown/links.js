/**
 * Which addresses may become links, and where one that stands bare in a text ends. Pure.
 *
 * A link shows where it leads: what hides that (a name before an `@`, marks that turn the order of the letters
 * round, a host in letters that only look like others) keeps it text, or has the address shown beside it.
 */

/** Longer ones stay text. UTF-16 units. */
const ADDRESS_LIMIT = 2048;
/** Marks that nobody sees, those that turn the order of what they enclose among them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** Browsers take some of these for slashes, or leave them out. */
const FOREIGN = /[\s"<>\\^`{|}]/;
const SCHEME = /^(https?:\/\/|mailto:)/i;
/** One plain mailbox: no headers, no list. */
const MAILBOX = /^[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i;
/** A host in ASCII ends where other letters follow without a space, as they do in Chinese. */
const ASCII_HOST = /(?:https?:\/\/|mailto:)[\w.:@%~!$&'()*+,;=-]+/iy;
/** Where any address ends: at a space, a quote, a bracket, a full-width mark, or what nobody sees. */
const FULL_WIDTH = String.raw`\u2010-\u203b\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65`;
const END = String.raw`\s<>"\x60{}|\\^[\]\p{Cc}\p{Cf}${FULL_WIDTH}`;
const ANY_HOST = new RegExp(`https?://[^${END}/?#]+`, 'iuy');
const REST = new RegExp(`[/?#][^${END}]*`, 'uy');
/** Belongs to the sentence round an address, not to it. */
const SENTENCE_MARK = /[.,;:!?'*_~]/;

/**
 * The address as a browser will ask for it, and what of it to show beside a label; `null` if it is none of ours.
 *
 * @param {string} typed
 * @returns {{ address: string, shown: string } | null}
 */
export function safeAddress(typed) {
  if (typed.length > ADDRESS_LIMIT || !SCHEME.test(typed) || FOREIGN.test(typed) || INVISIBLE.test(typed)) return null;
  if (/^mailto:/i.test(typed)) {
    const mailbox = typed.slice('mailto:'.length);
    return MAILBOX.test(mailbox) ? { address: `mailto:${mailbox}`, shown: mailbox } : null;
  }
  if (!URL.canParse(typed)) return null;
  const url = new URL(typed);
  // What stands before an `@` looks like a host, and is none.
  const hasUser = typed.split(/[/?#]+/)[1]?.includes('@');
  if (!/^https?:$/.test(url.protocol) || hasUser) return null;
  return { address: url.href, shown: url.host };
}

/**
 * The address that stands bare at `at`, as typed; empty if there is none. What was searched is in it, so that no part
 * of a text is searched twice.
 *
 * @param {string} text
 * @param {number} at
 */
export function bareAddress(text, at) {
  const host = found(ASCII_HOST, text, at) || found(ANY_HOST, text, at);
  return withoutSentence(host && host + found(REST, text, at + host.length));
}

/**
 * @param {RegExp} pattern sticky
 * @param {string} text
 * @param {number} at
 */
function found(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/**
 * Whether an address as typed says itself where it leads: not in letters that look like others, not as a number.
 *
 * @param {string} typed
 * @param {string} shown
 */
export function saysWhere(typed, shown) {
  return typed.toLowerCase().replace(SCHEME, '').startsWith(shown.toLowerCase());
}

/**
 * Without the full stop, or the bracket that was opened before it.
 *
 * @param {string} address
 */
function withoutSentence(address) {
  let end = address.length;
  const open = count(address, '(');
  let close = count(address, ')');
  for (; end > 0; end -= 1) {
    const last = address.charAt(end - 1);
    if (last === ')' && close > open) close -= 1;
    else if (!SENTENCE_MARK.test(last)) break;
  }
  return address.slice(0, end);
}

/**
 * @param {string} text
 * @param {string} mark
 */
function count(text, mark) {
  return text.split(mark).length - 1;
}

/**
 * Whether a label may stand for an address at all.
 *
 * @param {string} label
 */
export function isHonestLabel(label) {
  return label.trim() !== '' && !INVISIBLE.test(label.replaceAll(/[\n\t\u200d]/g, ''));
}

/**
 * Bold, italic, code, links and mentions within lines. Pure, and linear in the length of the text whatever it is: every
 * search either moves on what it has searched, or is bounded by a small number.
 *
 * @import { FindMention, Inline } from './tree.d.ts'
 */

import { bareAddress, isHonestLabel, safeAddress, saysWhere } from './links.js';

/** So many marks may wait for their partners; the oldest then is text. Bounds the depth, and the search. */
const OPEN_LIMIT = 6;
/** Longer runs of stars are decoration. */
const RUN_LIMIT = 3;
/** What a backslash takes the meaning from. */
const ESCAPABLE = /[`*_[\]>@]/;
/** Has a backslash, two underscores, and must keep its arms. */
const SHRUG = '¯\\_(ツ)_/¯';
/** Where something may begin that is more than text. */
const NEXT_MARK = /[\\`*_[\]@¯]|https?:\/\/|mailto:/giu;
/** A letter or digit of a script that writes spaces: between two of them a mark is part of a word. */
const WORD = /[\p{L}\p{N}]/u;
const SPACELESS = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/u;

/** @typedef {{ at: number, mark: string, count: number }} Open an item of the output that may yet be a beginning */

/**
 * @param {string} text without an empty line
 * @param {FindMention} findMention
 * @returns {Inline[]}
 */
export function parseInline(text, findMention) {
  return new Reader(text, findMention).read();
}

class Reader {
  /** @type {Inline[]} */
  #out = [];
  /** @type {Open[]} */
  #open = [];
  #at = 0;
  #text;
  #findMention;
  #codeEnds;

  /**
   * @param {string} text
   * @param {FindMention} findMention
   */
  constructor(text, findMention) {
    this.#text = text;
    this.#findMention = findMention;
    this.#codeEnds = backtickRuns(text);
  }

  read() {
    const text = this.#text;
    while (this.#at < text.length) {
      NEXT_MARK.lastIndex = this.#at;
      const next = NEXT_MARK.exec(text)?.index ?? text.length;
      this.#take(next - this.#at);
      if (next < text.length) this.#readMark(text.charAt(next));
    }
    return joined(this.#out);
  }

  /** @param {string} mark */
  #readMark(mark) {
    if (mark === '\\') this.#readEscape();
    else if (mark === '`') this.#readCode();
    else if (mark === '*' || mark === '_') this.#readRun(mark);
    else if (mark === '[') this.#openBracket();
    else if (mark === ']') this.#closeBracket();
    else if (mark === '@') this.#readMention();
    else if (mark === '¯') this.#take(this.#text.startsWith(SHRUG, this.#at) ? SHRUG.length : 1);
    else this.#readAddress();
  }

  /**
   * The next units are text.
   *
   * @param {number} length
   */
  #take(length) {
    if (length > 0) this.#out.push({ kind: 'text', text: this.#text.slice(this.#at, this.#at + length) });
    this.#at += length;
  }

  #readEscape() {
    const isEscape = ESCAPABLE.test(this.#text.charAt(this.#at + 1));
    if (isEscape) this.#at += 1;
    this.#take(1);
  }

  #readCode() {
    const start = this.#at;
    const length = runLength(this.#text, start, '`');
    const ends = this.#codeEnds.get(length) ?? [];
    // Runs before here will not be asked for again.
    while ((ends.at(-1) ?? Infinity) <= start) ends.pop();
    const end = ends.at(-1);
    if (end === undefined) return this.#take(length);
    const code = this.#text.slice(start + length, end);
    // One space of padding, for code that begins or ends with a backtick.
    const isPadded = code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '';
    this.#out.push({ kind: 'code', text: isPadded ? code.slice(1, -1) : code });
    this.#at = end + length;
  }

  /** @param {string} mark */
  #readRun(mark) {
    const length = runLength(this.#text, this.#at, mark);
    const before = codePointBefore(this.#text, this.#at);
    const after = codePointAt(this.#text, this.#at + length);
    this.#at += length;
    if (length > RUN_LIMIT) {
      this.#out.push({ kind: 'text', text: mark.repeat(length) });
      return;
    }
    const left = isSpace(before) || isInWord(after) ? length : this.#close(mark, length);
    const mayOpen = !isSpace(after) && !isInWord(before);
    if (left > 0 && mayOpen) this.#push(mark, left);
    else if (left > 0) this.#out.push({ kind: 'text', text: mark.repeat(left) });
  }

  /**
   * Ends what was begun with the same mark, and gives how many marks are left over.
   *
   * @param {string} mark
   * @param {number} length
   */
  #close(mark, length) {
    let left = length;
    while (left > 0) {
      const index = this.#open.findLastIndex((open) => open.mark === mark);
      const open = this.#open[index];
      // Nothing may begin within a label and end behind it, or the other way round.
      if (!open || this.#open.findLastIndex(({ mark }) => mark === '[') > index) return left;
      const used = Math.min(open.count, left, 2);
      const children = joined(this.#out.splice(open.at + 1));
      if (children.length === 0) return left;
      this.#open.length = index + 1;
      open.count -= used;
      left -= used;
      this.#out.pop();
      if (open.count > 0) this.#out.push({ kind: 'text', text: mark.repeat(open.count) });
      else this.#open.pop();
      this.#out.push({ kind: used === 2 ? 'bold' : 'italic', children });
    }
    return left;
  }

  /**
   * @param {string} mark
   * @param {number} count
   */
  #push(mark, count) {
    this.#open.push({ at: this.#out.length, mark, count });
    this.#out.push({ kind: 'text', text: mark.repeat(count) });
    if (this.#open.length > OPEN_LIMIT) this.#open.shift();
  }

  #openBracket() {
    // A picture is not ours to fetch: it stays as typed.
    const isPicture = this.#text.charAt(this.#at - 1) === '!';
    if (isPicture) return this.#take(1);
    this.#push('[', 1);
    this.#at += 1;
  }

  #closeBracket() {
    const index = this.#open.findLastIndex((open) => open.mark === '[');
    const open = this.#open[index];
    const typed = open ? destination(this.#text, this.#at + 1) : '';
    const target = typed === '' ? null : safeAddress(typed);
    if (!open || !target) {
      // What was opened is closed, and was no label.
      if (open) this.#open.splice(index, 1);
      return this.#take(1);
    }
    const children = joined(unlinked(this.#out.slice(open.at + 1)));
    this.#open.splice(index, 1);
    const label = plainText(children);
    if (!isHonestLabel(label)) return this.#take(1);
    this.#out.length = open.at;
    // No label round a label: the outer bracket is text.
    this.#open = this.#open.slice(0, index).filter(({ mark }) => mark !== '[');
    const isPlain = [typed, target.address, target.shown].includes(label);
    this.#out.push({ kind: 'link', address: target.address, shown: isPlain ? '' : target.shown, children });
    this.#at += typed.length + ']('.length + 1;
  }

  #readAddress() {
    const typed = isInWord(codePointBefore(this.#text, this.#at)) ? '' : bareAddress(this.#text, this.#at);
    const target = typed === '' ? null : safeAddress(typed);
    if (!target) return this.#take(Math.max(typed.length, 1));
    this.#at += typed.length;
    const shown = saysWhere(typed, target.shown) ? '' : target.shown;
    this.#out.push({ kind: 'link', address: target.address, shown, children: [{ kind: 'text', text: typed }] });
  }

  #readMention() {
    const mayBegin = !isInWord(codePointBefore(this.#text, this.#at));
    const found = mayBegin ? this.#findMention(this.#text, this.#at) : null;
    if (!found) return this.#take(1);
    const text = this.#text.slice(this.#at, this.#at + found.length);
    this.#out.push({ kind: 'mention', text, user: found.user });
    this.#at += found.length;
  }
}

/**
 * Where the runs of backticks of each length stand, last first.
 *
 * @param {string} text
 * @returns {Map<number, number[]>}
 */
function backtickRuns(text) {
  /** @type {Map<number, number[]>} */
  const runs = new Map();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const of = runs.get(run.length);
    if (of) of.push(index);
    else runs.set(run.length, [index]);
  }
  for (const of of runs.values()) of.reverse();
  return runs;
}

/**
 * What stands in the round brackets that open at `at`; brackets within must be in pairs. Square ones end the search, so
 * no part of a text is searched twice.
 *
 * @param {string} text
 * @param {number} at
 */
function destination(text, at) {
  if (text.charAt(at) !== '(') return '';
  let depth = 0;
  for (let end = at; end < text.length; end += 1) {
    const unit = text.charAt(end);
    if (unit === '(') depth += 1;
    else if (unit === ')') depth -= 1;
    else if (/[\s[\]<>]/.test(unit)) return '';
    if (depth === 0) return text.slice(at + 1, end);
  }
  return '';
}

/**
 * The same without bare addresses as links: one within a label would lead to two places.
 *
 * @param {Inline[]} nodes
 * @returns {Inline[]}
 */
function unlinked(nodes) {
  return nodes.flatMap((node) => {
    if (node.kind === 'link') return node.children;
    return node.kind === 'bold' || node.kind === 'italic' ? [{ ...node, children: unlinked(node.children) }] : [node];
  });
}

/**
 * What is read, without what shows how.
 *
 * @param {Inline[]} nodes
 * @returns {string}
 */
export function plainText(nodes) {
  return nodes.map((node) => ('children' in node ? plainText(node.children) : node.text)).join('');
}

/**
 * With one text where several stood side by side.
 *
 * @param {Inline[]} nodes
 * @returns {Inline[]}
 */
function joined(nodes) {
  /** @type {Inline[]} */
  const result = [];
  /** @type {string[]} */
  let texts = [];
  const flush = () => {
    if (texts.length > 0) result.push({ kind: 'text', text: texts.join('') });
    texts = [];
  };
  for (const node of nodes) {
    if (node.kind === 'text') {
      texts.push(node.text);
    } else {
      flush();
      result.push(node);
    }
  }
  flush();
  return result;
}

/**
 * @param {string} text
 * @param {number} at
 * @param {string} mark
 */
function runLength(text, at, mark) {
  let end = at;
  while (text.charAt(end) === mark) end += 1;
  return end - at;
}

/**
 * @param {string} text
 * @param {number} at
 */
function codePointAt(text, at) {
  const point = text.codePointAt(at);
  return point === undefined ? '' : String.fromCodePoint(point);
}

/**
 * @param {string} text
 * @param {number} at
 */
function codePointBefore(text, at) {
  const unit = text.charCodeAt(at - 1);
  return codePointAt(text, unit >= 0xdc00 && unit <= 0xdfff ? at - 2 : at - 1);
}

/** @param {string} point empty at either end of the text */
function isSpace(point) {
  return point === '' || /\s/u.test(point);
}

/** @param {string} point */
function isInWord(point) {
  if (point < '\x80') return /[A-Za-z0-9]/.test(point);
  return WORD.test(point) && !SPACELESS.test(point);
}

/**
 * Reads what somebody wrote: a small, safe part of Markdown. Pure: text gives a tree.
 *
 * Bold, italic, code, code blocks, quotes, lists and links mean something; headings, tables, pictures, HTML and all
 * else stay as they were typed, line breaks too. Reading takes time in proportion to the length, whatever the text:
 * common libraries need seconds for 64 KiB of `*a*a*a`, and more stack than there is for as many `>`.
 *
 * @import { Block, FindMention, Inline } from './tree.d.ts'
 */

import { parseInline } from './inline.js';

/** Quotes and lists within each other; deeper ones are text. */
const DEPTH_LIMIT = 4;

const FENCE = /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))([^`]*)$/;
const QUOTE = /^ {0,3}>(?: (.*)|(.*))$/s;
const ITEM = /^ {0,3}(?:([-*+])|(\d{1,4})([.)])) +(?=\S)/;
/** What stands this much further in than the items of a list is part of the one above. By where the items stand. */
const INDENTED = [/^(?: {2}|\t)/, /^(?: {3}|\t)/, /^(?: {4}|\t)/, /^(?: {5}|\t)/];

/**
 * @param {string} text
 * @param {FindMention} [findMention]
 * @returns {Block[]}
 */
export function parse(text, findMention = () => null) {
  return blocks(text.split(/\r\n|\r|\n/), 0, findMention);
}

/**
 * @param {string[]} lines
 * @param {number} depth
 * @param {FindMention} findMention
 * @returns {Block[]}
 */
function blocks(lines, depth, findMention) {
  /** @type {Block[]} */
  const result = [];
  /** @type {string[]} */
  let plain = [];
  const flush = () => {
    const block = plainLines(plain, findMention);
    if (block) result.push(block);
    plain = [];
  };
  for (let at = 0; at < lines.length; ) {
    const found = special(lines, at, depth, findMention);
    if (found) {
      flush();
      result.push(found.block);
      at = found.end;
    } else {
      plain.push(String(lines[at]));
      at += 1;
    }
  }
  flush();
  return result;
}

/**
 * The block that begins at a line, and the line behind it; `null` where only lines are.
 *
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @param {FindMention} findMention
 * @returns {{ block: Block, end: number } | null}
 */
function special(lines, at, depth, findMention) {
  const line = String(lines[at]);
  const fence = FENCE.exec(line);
  if (fence) return codeBlock(lines, at, String(fence[1]), String(fence[2]).trim());
  if (depth >= DEPTH_LIMIT) return null;
  if (QUOTE.test(line)) return quote(lines, at, depth, findMention);
  return ITEM.test(line) ? list(lines, at, depth, findMention) : null;
}

/**
 * Until a fence of the same kind, at least as long; or until the end.
 *
 * @param {string[]} lines
 * @param {number} at
 * @param {string} fence
 * @param {string} info
 * @returns {{ block: Block, end: number }}
 */
function codeBlock(lines, at, fence, info) {
  let end = at + 1;
  while (end < lines.length && !closes(String(lines[end]), fence)) end += 1;
  const text = lines.slice(at + 1, end).join('\n');
  return { block: { kind: 'code-block', info, text }, end: end + 1 };
}

/**
 * @param {string} line
 * @param {string} fence
 */
function closes(line, fence) {
  const found = FENCE.exec(line);
  const run = found?.[1] ?? '';
  return run.startsWith(fence) && found?.[2]?.trim() === '';
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @param {FindMention} findMention
 * @returns {{ block: Block, end: number }}
 */
function quote(lines, at, depth, findMention) {
  /** @type {string[]} */
  const inner = [];
  let end = at;
  for (; end < lines.length; end += 1) {
    const found = QUOTE.exec(String(lines[end]));
    if (!found) break;
    inner.push(found[1] ?? found[2] ?? '');
  }
  return { block: { kind: 'quote', children: blocks(inner, depth + 1, findMention) }, end };
}

/**
 * Items of one kind, each with the indented lines below it.
 *
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @param {FindMention} findMention
 * @returns {{ block: Block, end: number }}
 */
function list(lines, at, depth, findMention) {
  /** @type {{ number: number | null, lines: string[] }[]} */
  const items = [];
  const first = String(lines[at]);
  const kind = markOf(ITEM.exec(first));
  const indented = /** @type {RegExp} */ (INDENTED[first.search(/\S/)]);
  let end = at;
  for (; end < lines.length; end += 1) {
    const line = String(lines[end]);
    const last = items.at(-1);
    const found = ITEM.exec(line);
    if (last && indented.test(line)) {
      last.lines.push(line.replace(indented, ''));
    } else if (found && markOf(found) === kind) {
      const number = found[2] === undefined ? null : Number(found[2]);
      items.push({ number, lines: [line.slice(found[0].length)] });
    } else {
      break;
    }
  }
  const children = items.map((item) => ({ number: item.number, children: blocks(item.lines, depth + 1, findMention) }));
  return { block: { kind: 'list', items: children }, end };
}

/** @param {RegExpExecArray | null} item */
function markOf(item) {
  return item?.[1] ?? item?.[3];
}

/**
 * Lines as typed, without the empty ones at either end. A mark does not reach over an empty line.
 *
 * @param {string[]} lines
 * @param {FindMention} findMention
 * @returns {Block | null}
 */
function plainLines(lines, findMention) {
  const isFull = (/** @type {string} */ line) => line.trim() !== '';
  const first = lines.findIndex(isFull);
  if (first < 0) return null;
  const text = lines.slice(first, lines.findLastIndex(isFull) + 1).join('\n');
  /** @type {Inline[]} */
  const children = text
    .split(/(\n(?:[^\S\n]*\n)+)/)
    .flatMap((part, index) => (index % 2 === 0 ? parseInline(part, findMention) : [{ kind: 'text', text: part }]));
  return { kind: 'lines', children };
}

/**
 * What somebody said, as nodes: its tree is read in `markdown/`, and becomes elements of few kinds here. Foreign text
 * enters by text nodes alone.
 *
 * @import { User } from '../types.d.ts'
 * @import { Block, Inline } from '../markdown/tree.d.ts'
 */

import { parse } from '../markdown/blocks.js';
import { mentionFinder } from '../markdown/mentions.js';
import { WORDS, languageOf } from '../words.js';

/** Up to three emoji and nothing else are shown large; so many UTF-16 units they have at most. */
const LARGE_LENGTH = 40;
const PICTURE = String.raw`\p{ExtPict}(?:\p{EMod}|\uFE0F)?`;
const EMOJI = String.raw`(?:\p{RI}{2}|[\d#*]\uFE0F?\u20E3|${PICTURE}(?:\u200D${PICTURE})*)`;
const ONLY_EMOJI = new RegExp(String.raw`^\s*(?:${EMOJI}\s*){1,3}$`, 'u');

/**
 * The fragment goes into an element with the class `bubble-text` that may hold blocks: a `<div>`, not a `<p>`. Text
 * without marks is a bare text node, as typed.
 *
 * @param {string} text as it came
 * @param {object} room
 * @param {ReadonlyMap<string, User>} room.people whoever may be mentioned
 * @param {User | null} room.me mentioned with more emphasis
 * @returns {DocumentFragment}
 */
export function renderText(text, { people, me }) {
  const fragment = document.createDocumentFragment();
  const blocks = parse(text, mentionFinder(people, me));
  const [first] = blocks;
  const isOneText = blocks.length === 1 && first?.kind === 'lines';
  const isLarge = text.length <= LARGE_LENGTH && ONLY_EMOJI.test(text);
  if (isOneText && isLarge) fragment.append(wrap('span', inlineNodes(first.children, me), 'text-large'));
  else if (isOneText) fragment.append(...inlineNodes(first.children, me));
  else fragment.append(...blockNodes(blocks, me));
  return fragment;
}

/**
 * @param {Block[]} blocks
 * @param {User | null} me
 * @returns {HTMLElement[]}
 */
function blockNodes(blocks, me) {
  return blocks.map((block) => blockNode(block, me));
}

/**
 * @param {Block} block
 * @param {User | null} me
 * @returns {HTMLElement}
 */
function blockNode(block, me) {
  if (block.kind === 'code-block') return codeBlock(block);
  if (block.kind === 'list') return list(block, me);
  if (block.kind === 'quote') return wrap('blockquote', blockNodes(block.children, me), 'text-quote');
  const lines = wrap('p', inlineNodes(block.children, me), 'text-lines');
  lines.dir = 'auto';
  return lines;
}

/** @param {Extract<Block, { kind: 'code-block' }>} block */
function codeBlock({ info, text }) {
  const block = wrap('pre', [wrap('code', [text])], 'text-code-block');
  block.dir = 'ltr';
  // Wide code scrolls within itself, by keyboard too.
  block.tabIndex = 0;
  if (info !== '') block.dataset['info'] = info;
  return block;
}

/**
 * @param {Extract<Block, { kind: 'list' }>} block
 * @param {User | null} me
 */
function list({ items }, me) {
  const isNumbered = items[0]?.number !== null;
  const rows = items.map(({ number, children }) => {
    const [first] = children;
    const isOneText = children.length === 1 && first?.kind === 'lines';
    const row = /** @type {HTMLLIElement} */ (
      wrap('li', isOneText ? inlineNodes(first.children, me) : blockNodes(children, me))
    );
    row.dir = 'auto';
    if (number !== null) row.value = number;
    return row;
  });
  return wrap(isNumbered ? 'ol' : 'ul', rows, 'text-list');
}

/**
 * @param {Inline[]} nodes
 * @param {User | null} me
 * @returns {(Node | string)[]}
 */
function inlineNodes(nodes, me) {
  return nodes.map((node) => inlineNode(node, me));
}

/**
 * @param {Inline} node
 * @param {User | null} me
 * @returns {Node | string}
 */
function inlineNode(node, me) {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'code':
      return wrap('code', [node.text], 'text-code');
    case 'bold':
      return wrap('strong', inlineNodes(node.children, me));
    case 'italic':
      return wrap('em', inlineNodes(node.children, me));
    case 'link':
      return link(node, me);
    default:
      return mention(node, me);
  }
}

/**
 * Whatever it is called, it shows where it leads.
 *
 * @param {Extract<Inline, { kind: 'link' }>} node
 * @param {User | null} me
 */
function link({ address, shown, children }, me) {
  const anchor = document.createElement('a');
  anchor.className = 'text-link';
  anchor.href = address;
  anchor.target = '_blank';
  anchor.rel = 'noopener noreferrer nofollow';
  anchor.title = address;
  anchor.append(...inlineNodes(children, me));
  if (shown !== '') {
    const place = wrap('bdi', [shown], 'text-address');
    place.dir = 'ltr';
    anchor.append(' ', place);
  }
  return anchor;
}

/**
 * @param {Extract<Inline, { kind: 'mention' }>} node
 * @param {User | null} me
 */
function mention({ text, user }, me) {
  const isMine = user.id === me?.id;
  const element = wrap('bdi', [text], 'text-mention');
  element.classList.toggle('is-me', isMine);
  if (isMine) {
    const words = WORDS[languageOf(document.documentElement.lang)];
    element.append(wrap('span', [words['mention-of-you']], 'visually-hidden'));
  }
  return element;
}

/**
 * @param {keyof HTMLElementTagNameMap} name
 * @param {(Node | string)[]} children
 * @param {string} [className]
 * @returns {HTMLElement}
 */
function wrap(name, children, className = '') {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

/** What a text becomes: a tree of few kinds, in which nothing is lost, in time that grows with the length alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parse } from '../../static/markdown/blocks.js';
import { mentionFinder } from '../../static/markdown/mentions.js';

/** @import { Block, Inline } from '../../static/markdown/tree.d.ts' */

const ADA = { id: '1', name: 'Ada' };
const USERS = [ADA, { id: '2', name: '林小雨' }, { id: '3', name: 'Ada Lovelace' }];
const PEOPLE = new Map(USERS.map((user) => [user.id, user]));

/** One text of a line or more, as one reads it in the tests: `b(…)` is bold. @param {string} text */
function inline(text) {
  const blocks = parse(text, mentionFinder(PEOPLE, ADA));
  assert.equal(blocks.length, 1);
  const [block] = blocks;
  assert.equal(block?.kind, 'lines');
  return block.children.map(written).join('');
}

/** @param {Inline} node @returns {string} */
function written(node) {
  const children = 'children' in node ? node.children.map(written).join('') : '';
  if (node.kind === 'text') return node.text;
  if (node.kind === 'code') return `c(${node.text})`;
  if (node.kind === 'mention') return `m(${node.text})`;
  if (node.kind === 'link') return `a(${children}|${node.address}|${node.shown})`;
  return `${node.kind === 'bold' ? 'b' : 'i'}(${children})`;
}

/** @param {Block} block @returns {string} */
function outline(block) {
  if (block.kind === 'lines') return block.children.map(written).join('');
  if (block.kind === 'code-block') return `pre[${block.info}](${block.text})`;
  if (block.kind === 'quote') return `q(${block.children.map(outline).join(' / ')})`;
  return `l(${block.items.map(({ number, children }) => `${number ?? '-'} ${children.map(outline).join(' / ')}`).join('; ')})`;
}

test('marks within a line', () => {
  const cases = [
    ['**bold** and *italic* and _italic_ and __bold__', 'b(bold) and i(italic) and i(italic) and b(bold)'],
    ['***both***', 'i(b(both))'],
    ['*a **b** c*', 'i(a b(b) c)'],
    ['**a *b***', 'b(a i(b))'],
    ['`code *as* typed` and ``a ` b``', 'c(code *as* typed) and c(a ` b)'],
    ['中文**粗（体）**字，*斜*体', '中文b(粗（体）)字，i(斜)体'],
    // Text that only looks like it.
    ['2*3*4, snake_case_name, 5 * 3 * 2, *.js and *.ts', '2*3*4, snake_case_name, 5 * 3 * 2, *.js and *.ts'],
    ['****', '****'],
    ['*open', '*open'],
    ['`open', '`open'],
    ['**half*', '*i(half)'],
    ['\\*no\\* \\`no\\` \\[no](https://e.org)', '*no* `no` [no](a(https://e.org|https://e.org/|))'],
    ['C:\\temp\\new', 'C:\\temp\\new'],
    ['¯\\_(ツ)_/¯', '¯\\_(ツ)_/¯'],
    ['<b>x</b> &amp; # x', '<b>x</b> &amp; # x'],
    ['one\ntwo\n\n\nthree  ', 'one\ntwo\n\n\nthree  '],
    ['a\n\n*b\n\nc*', 'a\n\n*b\n\nc*'],
  ];
  for (const [text, tree] of cases) assert.equal(inline(String(text)), tree);
});

test('links of web and mail, bare or with a label that cannot hide where they lead', () => {
  const cases = [
    ['see https://e.org/x_(y).', 'see a(https://e.org/x_(y)|https://e.org/x_(y)|).'],
    ['(https://e.org)', '(a(https://e.org|https://e.org/|))'],
    ['https://e.org很好，https://e.org/a。', 'a(https://e.org|https://e.org/|)很好，a(https://e.org/a|https://e.org/a|)。'],
    ['**https://e.org/_a_b**', 'b(a(https://e.org/_a_b|https://e.org/_a_b|))'],
    ['HTTP://E.ORG/A', 'a(HTTP://E.ORG/A|http://e.org/A|)'],
    ['<https://e.org>', '<a(https://e.org|https://e.org/|)>'],
    ['mailto:a@b.org.', 'a(mailto:a@b.org|mailto:a@b.org|).'],
    ['[the *page*](https://e.org/a_(b))', 'a(the i(page)|https://e.org/a_(b)|e.org)'],
    ['[e.org](https://e.org/)', 'a(e.org|https://e.org/|)'],
    ['[https://bank.org](https://e.org)', 'a(https://bank.org|https://e.org/|e.org)'],
    ['[write](mailto:a@b.org)', 'a(write|mailto:a@b.org|a@b.org)'],
    // Letters that look like others: the host is shown as it is asked for.
    ['http://аррӏе.com', 'a(http://аррӏе.com|http://xn--80ak6aa92e.com/|xn--80ak6aa92e.com)'],
    ['[a [b](https://e.org) c](https://x.org)', '[a a(b|https://e.org/|e.org) c](a(https://x.org|https://x.org/|))'],
    ['[at https://x.org](https://e.org)', 'a(at https://x.org|https://e.org/|e.org)'],
    ['http://2130706433/', 'a(http://2130706433/|http://127.0.0.1/|127.0.0.1)'],
    ['[a *b](https://e.org) c*', 'a(a *b|https://e.org/|e.org) c*'],
    ['*a [b* c](https://e.org)', '*a a(b* c|https://e.org/|e.org)'],
    ['![p](https://e.org/p.png)', '![p](a(https://e.org/p.png|https://e.org/p.png|))'],
  ];
  for (const [text, tree] of cases) assert.equal(inline(String(text)), tree);
});

test('what hides where it leads, or leads out of the web, stays text', () => {
  const texts = [
    'javascript:alert(1)',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](java\u0000script:alert(1))',
    '[x](vbscript:x)',
    '[x](data:text/html,x)',
    '[x](file:///etc/passwd)',
    '[x](//e.org)',
    '[x](/path)',
    '[x](ftp://e.org)',
    '[x](mailto:a@b.org?bcc=c@d.org)',
    '[](https:x)',
    '[ ](https://)',
    'https://bank.org@e.org/',
    'https://@e.org/',
    'https:///bank.org@e.org',
    '[x](https://bank.org@e.org/)',
    '[x](https:\\\\e.org)',
    'http://',
    'http://[',
    'xhttps://',
  ];
  for (const text of texts) assert.equal(inline(text), text);
  for (const mark of ['\u202e', '\u2066', '\u200f', '\u200b', '\u00ad']) {
    assert.doesNotMatch(inline(`[gr${mark}o.e](https://e.org/a)`), /^a\(/);
    assert.doesNotMatch(inline(`[x](https://e.org/${mark}a)`), /^a\(/);
    assert.match(inline(`https://e.org/a${mark}b`), /^a\(https:\/\/e\.org\/a\|/, 'a bare address ends before it');
  }
});

test('blocks', () => {
  const cases = [
    ['> a\n> *b*\nc', 'q(a\ni(b))|c'],
    ['> a\n> > b', 'q(a / q(b))'],
    ['- a\n- b\n  - c\n    more\n- d', 'l(- a; - b / l(- c\nmore); - d)'],
    ['list:\n  - a\n  - b\n    - c\n  - d', 'list:|l(- a; - b / l(- c); - d)'],
    [' - a\n   - b\n - c', 'l(- a / l(- b); - c)'],
    ['   - a\n  - b\n- c', 'l(- a; - b; - c)'],
    ['3. x\n4. y', 'l(3 x; 4 y)'],
    ['1) x\n\n2) y', 'l(1 x)|l(2 y)'],
    ['- a\n1. b', 'l(- a)|l(1 b)'],
    ['before\n```js\nlet *a*;\n\n```\nafter', 'before|pre[js](let *a*;\n)|after'],
    ['```\nopen', 'pre[](open)'],
    ['~~~\n```\n~~~', 'pre[](```)'],
    ['> ```\n> x\n> ```', 'q(pre[](x))'],
    // Not lists.
    ['-', '-'],
    ['42.', '42.'],
    ['-5 degrees', '-5 degrees'],
    ['12345. is a number', '12345. is a number'],
    ['\n\n', ''],
  ];
  for (const [text, tree] of cases) {
    assert.equal(parse(String(text)).map(outline).join('|'), tree, JSON.stringify(text));
  }
});

test('whoever is here is mentioned by the whole name', () => {
  const cases = [
    ['@Ada, @ada! @Ada Lovelace? @林小雨你好', 'm(@Ada), m(@ada)! m(@Ada Lovelace)? m(@林小雨)你好'],
    ['@Adam @Bea x@Ada.org `@Ada` \\@Ada @', '@Adam @Bea x@Ada.org c(@Ada) @Ada @'],
    ['你好@Ada', '你好m(@Ada)'],
  ];
  for (const [text, tree] of cases) assert.equal(inline(String(text)), tree);
});

/** What one may write to break a reader of Markdown. */
const HOSTILE = ['*a', '*a* ', ' *a', '**a ', '_a*b', '[', '![a', '[a](', '[a](http://', '[a](http://a)', '](', '`', '>', '> ', '- ', '1. ',
  '~', '@', '@Ada ', 'a@b.', '\\', '<', 'http://', 'http://a很', 'http://很', 'http://a)))', 'mailto:', '\n', ' ', '\n  ', '\n- a', '\n> > > a',
  '```\n', '`` ` ', '*_`[>', '***a** *b_', '🙂*', '\u202e[a](http://a)', '- \n', '\t', '\r'];

/** Twice what one may say. */
const LONG = 131_072;
/** What grows with the length takes a tenth of this, what grows with its square many seconds. Milliseconds. */
const FAR_TOO_LONG = 1500;

test('no text takes more time than its length', () => {
  for (const part of HOSTILE) {
    const text = part.repeat(Math.ceil(LONG / part.length));
    const isQuick = [1, 2, 3].some(() => cpuTime(() => parse(text, mentionFinder(PEOPLE, ADA))) < FAR_TOO_LONG);
    assert.ok(isQuick, JSON.stringify(part));
  }
});

/**
 * Milliseconds, of this process alone: others work here too.
 *
 * @param {() => void} run
 */
function cpuTime(run) {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

test('nothing is lost, nothing unknown appears, nothing is deep, whatever the text', () => {
  const random = randomNumbers(7);
  // Hosts that browsers write in another way would not be found again.
  const pieces = [...HOSTILE.filter((piece) => !/很$|\/\/$|\($/.test(piece)), 'a', 'Bc', ' ', '\n', '\n\n', '7', '中', '**', '*', '__', '(x)', '](https://e.org/q)', '[', '```', '`', '2) ', 'é', '\u0301'];
  for (let round = 0; round < 3000; round += 1) {
    const text = Array.from({ length: Math.floor(random() * 30) }, () => pieces[Math.floor(random() * pieces.length)]).join('');
    const blocks = parse(text, mentionFinder(PEOPLE, ADA));
    assert.equal(letters(blocks.map(everything).join('')), letters(text), JSON.stringify(text));
    assert.ok(depth(blocks) <= 40, JSON.stringify(text));
  }
  assert.ok(depth(parse('> '.repeat(30_000))) <= 40);
  assert.ok(depth(parse('*a _b '.repeat(10_000) + '_ *'.repeat(10_000))) <= 40);
  assert.ok(depth(parse('*a **b '.repeat(10_000) + 'c** d*'.repeat(10_000))) <= 40);
});

/** @param {string} text what must survive: no mark, no space */
function letters(text) {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** All that a tree says, where it leads included, in the order of the text. @param {Block | Inline} node @returns {string} */
function everything(node) {
  switch (node.kind) {
    case 'text':
    case 'code':
    case 'mention':
      return node.text;
    case 'link': {
      const label = node.children.map(everything).join('');
      const isBare = URL.canParse(label) && new URL(label).href === node.address;
      return isBare ? label : label + decodeURI(node.address);
    }
    case 'code-block':
      return node.info + node.text;
    case 'list':
      return node.items.map(({ number, children }) => `${number ?? ''}${children.map(everything).join('')}`).join('');
    case 'bold':
    case 'italic':
    case 'lines':
    case 'quote':
      return node.children.map(everything).join('');
    default:
      throw new Error(`no such kind: ${JSON.stringify(node)}`);
  }
}

/** @param {(Block | Inline)[]} nodes @returns {number} */
function depth(nodes) {
  return nodes.reduce((deepest, node) => {
    const children = node.kind === 'list' ? node.items.flatMap((item) => item.children) : 'children' in node ? node.children : [];
    return Math.max(deepest, 1 + depth(children));
  }, 0);
}

/** The same numbers each time. @param {number} seed */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What must hold for the page's files as they are written. */

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { WORDS } from '../../static/admin/words.js';
import { plainWord } from '../../static/words.js';

const ROOT = path.join(import.meta.dirname, '../../static');

/** @param {RegExp} pattern of the name */
async function files(pattern) {
  const names = (await readdir(ROOT, { recursive: true })).filter((name) => pattern.test(name));
  assert.ok(names.length > 0);
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(path.join(ROOT, name), 'utf8') })));
}

/** Each page, and its words by key. */
const PAGES = [
  { page: 'index.html', wordOf: plainWord },
  { page: 'admin/index.html', wordOf: (/** @type {'en' | 'zh'} */ language, /** @type {string} */ key) => /** @type {Record<string, unknown>} */ (WORDS[language])[key] },
];

/** @param {string} page */
const html = (page) => readFile(path.join(ROOT, page), 'utf8');

test('no script makes markup or code from text', async () => {
  const forbidden =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|setHTML|srcdoc|\beval\b|new Function|setAttribute\(\s*['"](on|style)/;
  for (const { name, text } of await files(/\.(js|html)$/)) assert.doesNotMatch(text, forbidden, name);
});

/** What knows neither document nor window, and of no other room than those beside its name. */
const PURE = {
  'state': /^\.\/state\//,
  'state/\\w+': /^\.\//,
  '(outbox|signals|storage|tabs|turns|keeper)': null,
  'conversation': /^\.\/(outbox|state|state\/\w+)\.js$/,
  'socket': null,
  'preferences': null,
  'notify': /^\.\/words\.js$/,
  'view/log/grouping': /\/format\.js$/,
  'words': /^\.\/words\//,
  'format': null,
  'http-session': null,
  'markdown/\\w+': /^\.\//,
  'emoji': null,
  'completion': /^\.\/(emoji|markdown\/mentions)\.js$/,
  'tape': null,
  'lab/(model|reports|tour|trials|codes|words)': /^\.\//,
};

test('the pure rooms touch no document, and import nothing but each other', async () => {
  for (const [room, mayImport] of Object.entries(PURE)) {
    for (const { name, text } of await files(new RegExp(`^${room}\\.js$`))) {
      assert.doesNotMatch(text, /\b(document|window|localStorage|sessionStorage)\b\./, name);
      for (const [, from] of text.matchAll(/^(?:import|export) [^;]*? from '([^']+)';/gm)) {
        assert.ok(mayImport?.test(String(from)), `${name} imports ${from}`);
      }
    }
  }
});

test('the pages have no inline script or style', async () => {
  for (const { page } of PAGES) {
    const text = await html(page);
    assert.doesNotMatch(text, /<style|\sstyle=|\son[a-z]+=|javascript:/i);
    for (const [tag] of text.matchAll(/<script[^>]*>/g)) assert.match(tag, / src="/);
  }
});

test('every address is relative and ours', async () => {
  for (const { name, text } of await files(/\.(html|css|webmanifest|svg)$/)) {
    const addresses = [...text.matchAll(/(?:href|src|action|url|start_url)(?:="|\("|": ")([^"]*)"/g)].map((match) => match[1]);
    for (const address of addresses) assert.doesNotMatch(String(address), /^\/|^[a-z]+:/i, `${name}: ${address}`);
  }
});

test('every file that a page names is there', async () => {
  const names = new Set((await readdir(ROOT, { recursive: true })).map((name) => name.replaceAll(path.sep, '/')));
  for (const { page } of PAGES) {
    for (const [, address] of (await html(page)).matchAll(/(?:href|src)="([^"#][^"]*)"/g)) {
      assert.ok(names.has(path.posix.join(path.posix.dirname(page), String(address))), address);
    }
  }
});

test('every key in a page has its words in both languages', async () => {
  for (const { page, wordOf } of PAGES) {
    const keys = [...(await html(page)).matchAll(/data-(?:word|label|placeholder)="([^"]+)"/g)].map((match) => String(match[1]));
    assert.ok(keys.length > 10);
    for (const key of keys) for (const language of /** @type {const} */ (['en', 'zh'])) assert.equal(typeof wordOf(language, key), 'string', key);
  }
});

test('what stands in a page before any script runs is the English of the words', async () => {
  for (const { page, wordOf } of PAGES) {
    for (const [, key, text] of (await html(page)).matchAll(/data-word="([^"]+)">([^<]+)</g)) assert.equal(text, wordOf('en', String(key)));
  }
});

test('the language stands where the server replaces it', async () => {
  for (const { page } of PAGES) assert.equal((await html(page)).split('<html lang="en"').length, 2);
});

/** Writing with an input method: its Enter takes a suggestion, and sends nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';

/**
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').BrowserContextOptions} [context]
 */
async function inside(t, context) {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive(context)).open(server.url);
  await adas.enter('Ada');
  const devtools = await adas.page.context().newCDPSession(adas.page);
  /** @param {string} text */
  const compose = async (text) => {
    await devtools.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  };
  /** @param {string} text */
  const accept = (text) => devtools.send('Input.insertText', { text });
  /** A key that the input method keeps: it goes down and up, and nothing comes of it. @param {string} key @param {number} [code] @param {() => Promise<void>} [between] */
  const imeKey = async (key, code = 229, between = async () => {}) => {
    await devtools.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key, windowsVirtualKeyCode: code });
    await between();
    await devtools.send('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode: code });
  };
  return { adas, compose, accept, imeKey };
}

test('Enter takes a suggestion of the browser’s own input method', async (t) => {
  const { adas, compose, accept, imeKey } = await inside(t);
  await imeKey('Process', 229, () => compose('n'));
  await imeKey('Process', 229, () => compose('ni hao'));
  await imeKey('Enter');
  assert.equal(await adas.box.inputValue(), 'ni hao', 'it is still being composed');
  // Whatever code it has: as long as something is composed, Enter is not ours.
  await imeKey('Enter', 13);
  await accept('你好');
  assert.equal(await adas.box.inputValue(), '你好');
  await adas.box.press('Enter');
  await adas.sees('你好');
  assert.deepEqual(await adas.texts(), ['你好']);
});

/** @typedef {['compositionstart' | 'compositionend' | 'keydown' | 'keyup', { key?: string, keyCode?: number, isComposing?: boolean }?]} Sent */

/** What browsers send when "你" is composed and Enter takes it. @type {Record<string, Sent[]>} */
const ORDERS = {
  Chromium: [
    ['keydown', { key: 'Process', keyCode: 229 }],
    ['compositionstart'],
    ['keyup', { key: 'n', keyCode: 78, isComposing: true }],
    ['keydown', { key: 'Process', keyCode: 229, isComposing: true }],
    ['compositionend'],
    ['keyup', { key: 'Enter', keyCode: 13 }],
  ],
  Firefox: [
    ['keydown', { key: 'Process', keyCode: 229 }],
    ['compositionstart'],
    ['keyup', { key: 'n', keyCode: 78, isComposing: true }],
    ['keydown', { key: 'Enter', keyCode: 229, isComposing: true }],
    ['compositionend'],
    ['keyup', { key: 'Enter', keyCode: 13 }],
  ],
  Safari: [
    ['compositionstart'],
    ['keydown', { key: 'n', keyCode: 229, isComposing: true }],
    ['keyup', { key: 'n', keyCode: 78, isComposing: true }],
    ['compositionend'],
    ['keydown', { key: 'Enter', keyCode: 229 }],
    ['keyup', { key: 'Enter', keyCode: 13 }],
  ],
  'Safari, with a method that does not say so': [
    ['compositionstart'],
    ['keydown', { key: 'n', keyCode: 229, isComposing: true }],
    ['keyup', { key: 'n', keyCode: 78, isComposing: true }],
    ['compositionend'],
    ['keydown', { key: 'Enter', keyCode: 13 }],
    ['keyup', { key: 'Enter', keyCode: 13 }],
  ],
};

for (const [name, events] of Object.entries(ORDERS)) {
  test(`Enter takes a suggestion in the order of ${name}, and the next one sends`, async (t) => {
    const { adas } = await inside(t);
    await adas.box.fill('你');
    await play(adas, events);
    assert.equal(await adas.box.inputValue(), '你');
    await adas.box.press('Enter');
    await adas.sees('你');
    await adas.say('after');
    await adas.sees('after');
    assert.deepEqual(await adas.texts(), ['你', 'after']);
  });
}

test('whoever takes a suggestion with the space bar can send at once', async (t) => {
  const { adas } = await inside(t);
  await adas.box.fill('你');
  const [start, end] = [ORDERS['Chromium']?.slice(0, 3) ?? [], ORDERS['Safari']?.slice(0, 4) ?? []];
  await play(adas, [
    ...start,
    ['keydown', { key: ' ', keyCode: 229, isComposing: true }],
    ['compositionend'],
    // The space bar is still down.
    ['keydown', { key: 'Enter', keyCode: 13 }],
  ]);
  await adas.sees('你');
  await adas.box.fill('好');
  await play(adas, [...end, ['keydown', { key: ' ', keyCode: 229 }], ['keyup', { key: ' ', keyCode: 32 }], ['keydown', { key: 'Enter', keyCode: 13 }]]);
  await adas.sees('好');
});

test('completion keeps out of a composition', async (t) => {
  const { adas, compose, accept, imeKey } = await inside(t);
  const options = adas.page.locator('.option');
  await adas.box.pressSequentially('so :smil');
  await options.first().waitFor();
  await adas.box.press('Escape');
  await adas.box.fill('');
  await compose(':smil');
  await imeKey('Enter');
  await adas.box.press('ArrowDown');
  assert.equal(await options.count(), 0);
  assert.equal(await adas.box.inputValue(), ':smil');
  await accept(':smil');
  await options.first().waitFor();
});

test('a keyboard on glass composes all it types, and is offered completions all the same', async (t) => {
  const { adas, compose } = await inside(t, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const options = adas.page.locator('.option');
  await adas.box.tap();
  await adas.page.keyboard.type('so :');
  await compose('ro');
  await options.first().waitFor();
  await compose('rocket');
  await adas.page.locator('.option', { hasText: ':rocket:' }).tap();
  assert.equal(await adas.box.inputValue(), 'so 🚀');
});

/**
 * @param {import('./people.mjs').Tab} tab
 * @param {Sent[]} events all in one task, as browsers do it within some milliseconds
 */
async function play(tab, events) {
  await tab.box.evaluate((box, events) => {
    for (const [type, init] of events) {
      const isKey = type.startsWith('key');
      const event = isKey
        ? new KeyboardEvent(type, { ...init, bubbles: true, cancelable: true })
        : new CompositionEvent(type, { data: '你', bubbles: true });
      box.dispatchEvent(event);
    }
  }, events);
}

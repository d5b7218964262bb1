/** The box in which one writes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { scene } from './scene.mjs';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/**
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').BrowserContextOptions} [context]
 * @param {string[]} [options]
 */
async function inside(t, context, options) {
  const { server, arrive } = await scene(t, options);
  const adas = await (await arrive(context)).open(server.url);
  await adas.enter('Ada');
  return { server, arrive, adas, page: adas.page };
}

for (const growsItself of [true, false]) {
  test(`the box grows from one line to six, then scrolls, ${growsItself ? 'by itself' : 'with our help'}`, async (t) => {
    const { server, arrive } = await scene(t);
    const adas = await (await arrive()).open(server.url, {
      // Browsers that do not know `field-sizing` yet.
      prepare: async (page) => {
        if (!growsItself) await page.addInitScript("const knows = CSS.supports; CSS.supports = (...of) => of[0] !== 'field-sizing' && knows(...of);");
      },
    });
    await adas.enter('Ada');
    if (!growsItself) await adas.box.evaluate((box) => box.style.setProperty('field-sizing', 'fixed'));
    /** @type {number[]} */
    const heights = [];
    for (let lines = 1; lines <= 8; lines += 1) {
      await adas.page.keyboard.type('x');
      heights.push(await adas.box.evaluate((box) => Math.round(box.getBoundingClientRect().height)));
      await adas.page.keyboard.press('Shift+Enter');
    }
    const steps = heights.slice(1).map((height, index) => height - Number(heights[index]));
    assert.deepEqual(steps, [24, 24, 24, 24, 24, 0, 0]);
    assert.equal(await adas.box.evaluate((box) => box.scrollHeight > box.clientHeight), true);
    assert.deepEqual(await adas.texts(), [], 'Shift+Enter sends nothing');
    await adas.page.keyboard.press('Enter');
    await adas.sees(Array(8).fill('x').join('\n'));
    assert.equal(await adas.box.evaluate((box) => Math.round(box.getBoundingClientRect().height)), heights[0]);
  });
}

test('what is pasted is plain, whatever it was', async (t) => {
  const { adas, page } = await inside(t);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(async () => {
    const html = new Blob(['<b>bold</b> <h1>text</h1>'], { type: 'text/html' });
    await navigator.clipboard.write([new ClipboardItem({ 'text/html': html, 'text/plain': new Blob(['bold <i>'], { type: 'text/plain' }) })]);
  });
  await adas.box.press('Control+v');
  assert.equal(await adas.box.inputValue(), 'bold <i>');
  await adas.box.press('Enter');
  await adas.sees('bold <i>');
});

test('a pasted or dropped file gets an answer, and controls are left out', async (t) => {
  const { adas } = await inside(t);
  await paste(adas, '', true);
  await adas.hint.getByText('Only text can be said here').waitFor();
  await adas.box.pressSequentially('a');
  await adas.hint.getByText('Only text can be said here').waitFor({ state: 'hidden' });
  await paste(adas, 'be\u0007ep\tand\u0000 so\non');
  assert.equal(await adas.box.inputValue(), 'abeep\tand so\non');
  await adas.hint.getByText('were left out').waitFor();
  const isStopped = await adas.page.locator('[data-log]').evaluate((log) => {
    const files = new DataTransfer();
    files.items.add(new File(['x'], 'x.png'));
    const drop = new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true });
    return !log.dispatchEvent(drop);
  });
  assert.equal(isStopped, true, 'the browser does not open the file in place of the chat');
  await adas.hint.getByText('Only text can be said here').waitFor();
});

/**
 * @param {import('./people.mjs').Tab} tab
 * @param {string} text
 * @param {boolean} [withFile]
 */
async function paste(tab, text, withFile = false) {
  await tab.box.evaluate((box, { text, withFile }) => {
    const clipboardData = new DataTransfer();
    if (text) clipboardData.setData('text/plain', text);
    if (withFile) clipboardData.items.add(new File(['x'], 'x.png', { type: 'image/png' }));
    box.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, { text, withFile });
}

test('a draft survives a reload, and goes when it is sent or its author leaves', async (t) => {
  const { adas, page } = await inside(t);
  await adas.box.fill('half a\nthought');
  await page.reload();
  await adas.isInside();
  assert.equal(await adas.box.inputValue(), 'half a\nthought');
  await adas.box.press('Enter');
  await adas.sees('half a\nthought');
  await page.reload();
  await adas.isInside();
  assert.equal(await adas.box.inputValue(), '');
  await adas.box.fill('a secret');
  await adas.leave();
  await adas.isAtTheDoor();
  assert.equal(await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }).includes('a secret')), false);
  await adas.enter('Ada');
  assert.equal(await adas.box.inputValue(), '');
});

test('what the server would refuse is told before it is sent', async (t) => {
  const { adas, page } = await inside(t, {}, ['--max-text', '1KiB']);
  const send = page.locator('[data-send]');
  await adas.box.fill('语'.repeat(300));
  await adas.hint.getByText('900 of 1024 bytes').waitFor();
  await adas.box.fill('语'.repeat(342));
  await adas.hint.getByText('Too long by 2 bytes').waitFor();
  assert.equal(await adas.box.getAttribute('aria-invalid'), 'true');
  assert.equal(await send.getAttribute('aria-disabled'), 'true');
  await assertAccessible(page, 'a text that is too long');
  await adas.box.press('Enter');
  await send.click({ force: true });
  assert.equal((await adas.box.inputValue()).length, 342, 'it stays where it is');
  await adas.box.fill('be\u0007ep');
  await adas.hint.getByText('control characters').waitFor();
  await adas.box.press('Enter');
  await adas.box.fill('short');
  await adas.box.press('Enter');
  await adas.sees('short');
  assert.deepEqual(await adas.texts(), ['short']);
});

test('a key marks what is selected, takes the marks away, and can be undone', async (t) => {
  const { adas } = await inside(t);
  await adas.box.fill('a word here');
  await adas.box.evaluate((/** @type {HTMLTextAreaElement} */ box) => box.setSelectionRange(2, 6));
  await adas.box.press('Control+b');
  assert.equal(await adas.box.inputValue(), 'a **word** here');
  await adas.box.press('Control+i');
  assert.equal(await adas.box.inputValue(), 'a ***word*** here');
  await adas.box.press('Control+i');
  assert.equal(await adas.box.inputValue(), 'a **word** here');
  await adas.box.press('Control+b');
  assert.equal(await adas.box.inputValue(), 'a word here');
  await adas.box.press('Control+e');
  assert.equal(await adas.box.inputValue(), 'a `word` here');
  await adas.box.press('Control+z');
  assert.equal(await adas.box.inputValue(), 'a word here');
});

test('the buttons leave the focus, and a phone its keyboard, to the box', async (t) => {
  const { adas, page } = await inside(t, PHONE);
  const focused = () => page.evaluate(() => document.activeElement?.matches('[data-text]'));
  await adas.box.tap();
  await page.keyboard.type('hello');
  await page.locator('[data-picker-open]').tap();
  await page.locator('.picker-cell').first().waitFor();
  assert.equal(await focused(), true);
  await page.locator('.picker-cell').first().tap();
  assert.equal(await focused(), true);
  await page.locator('[data-send]').tap();
  assert.equal(await focused(), true);
  await adas.sees('hello😀');
});

test('on a phone all is large enough to read and to hit, and on the screen', async (t) => {
  const { adas, page } = await inside(t, PHONE);
  assert.equal(await adas.box.getAttribute('enterkeyhint'), 'send');
  await page.locator('[data-picker-open]').tap();
  await page.locator('.picker-cell').first().waitFor();
  const faults = await page.evaluate(() => {
    const size = (/** @type {Element} */ element) => Number.parseFloat(getComputedStyle(element).fontSize);
    const small = [...document.querySelectorAll('textarea, input')].filter((field) => size(field) < 16);
    const targets = [...document.querySelectorAll('.foot button:not([hidden]), .foot input')].slice(0, 60);
    const narrow = targets.filter((target) => {
      const { width, height } = target.getBoundingClientRect();
      return width < 44 || height < 44;
    });
    const picker = document.querySelector('[data-picker]')?.getBoundingClientRect();
    const isOutside = !picker || picker.left < 0 || picker.right > innerWidth || picker.top < 0 || picker.bottom > innerHeight;
    return { small: small.length, narrow: narrow.map((target) => target.outerHTML), isOutside };
  });
  assert.deepEqual(faults, { small: 0, narrow: [], isOutside: false });
});

test('a checker finds nothing in the box, its list and its picker', async (t) => {
  for (const context of [{}, { ...PHONE, locale: 'zh-CN' }]) {
    const { adas, page } = await inside(t, context);
    await assertAccessible(page, 'the box, empty');
    await adas.box.fill('hello');
    await assertAccessible(page, 'the box, filled');
    await adas.box.fill('');
    await adas.box.pressSequentially('so :smil');
    await page.locator('.option').first().waitFor();
    await assertAccessible(page, 'the list open');
    await adas.box.press('Escape');
    await page.locator('[data-picker-open]').click();
    await page.locator('.picker-cell').first().waitFor();
    await assertAccessible(page, 'the picker open');
    await page.locator('[data-picker-search]').fill('no such thing');
    await page.locator('.picker-cell').first().waitFor({ state: 'detached' });
    await assertAccessible(page, 'the picker, with nothing found');
  }
});

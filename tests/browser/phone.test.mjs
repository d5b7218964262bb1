/** Small and low screens: phones, upright and on their side, with and without a keyboard, and pages zoomed in. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';
import { visit } from './visitor.mjs';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/**
 * Somebody with this screen, after a talk of thirty lines.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').BrowserContextOptions} context
 */
async function afterATalk(t, context) {
  const { server, arrive } = await scene(t);
  const bea = await visit(server.url, 'Bea');
  t.after(() => bea.vanish());
  for (let n = 1; n <= 30; n += 1) bea.say(`line ${n}`);
  await bea.hears('line 30');
  const adas = await (await arrive(context)).open(server.url);
  await adas.enter('Ada');
  await adas.sees('line 30');
  return { adas, bea };
}

/**
 * Waits until the box and the line with this text are within what can be seen.
 *
 * @param {import('./people.mjs').Tab} tab
 * @param {string} text
 * @param {number} height of what can be seen
 */
async function showsBoxAnd(tab, text, height) {
  const line = await tab.sees(text);
  await tab.page.waitForFunction(
    ([line, height]) => {
      const box = document.querySelector('[data-text]')?.getBoundingClientRect();
      const last = /** @type {Element} */ (line).getBoundingClientRect();
      return box && box.bottom <= Number(height) && last.bottom <= box.top && last.top > 0;
    },
    /** @type {const} */ ([await line.elementHandle(), height]),
  );
}

test('a keyboard that makes the page smaller leaves box and last line in sight', async (t) => {
  const { adas } = await afterATalk(t, PHONE);
  await adas.box.tap();
  await adas.page.setViewportSize({ width: 390, height: 844 - 336 });
  await showsBoxAnd(adas, 'line 30', 844 - 336);
  await adas.say('typed on glass');
  await showsBoxAnd(adas, 'typed on glass', 844 - 336);
  await adas.page.setViewportSize({ width: 390, height: 844 });
  await showsBoxAnd(adas, 'typed on glass', 844);
});

test('a keyboard that lies over the page leaves them in sight, too', async (t) => {
  const { adas } = await afterATalk(t, PHONE);
  // As Safari does it: the page keeps its size, the visual viewport tells what is left.
  await adas.page.evaluate(() => {
    Object.defineProperty(visualViewport, 'height', { value: 508, configurable: true });
    visualViewport?.dispatchEvent(new Event('resize'));
  });
  await showsBoxAnd(adas, 'line 30', 508);
  await adas.page.evaluate(() => {
    Object.defineProperty(visualViewport, 'height', { value: window.innerHeight, configurable: true });
    visualViewport?.dispatchEvent(new Event('resize'));
  });
  await adas.page.waitForFunction(() => (document.querySelector('[data-text]')?.getBoundingClientRect().bottom ?? 0) > 700);
});

test('the drawer holds the focus, and Escape closes what lies on top first', async (t) => {
  const { adas } = await afterATalk(t, PHONE);
  const { page } = adas;
  await page.locator('[data-side-open]').click();
  await page.locator('[data-side]').waitFor();
  const isInside = () => page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('[data-side]') !== null);
  for (let n = 0; n < 12; n += 1) {
    assert.equal(await isInside(), true, `after ${n} tabs`);
    await page.keyboard.press('Tab');
  }
  await page.locator('.button-side[popovertarget="settings"]').focus();
  await page.keyboard.press('Enter');
  const settings = page.locator('[data-settings]');
  await settings.waitFor();
  await page.keyboard.press('Escape');
  await settings.waitFor({ state: 'hidden' });
  assert.equal(await page.locator('[data-side]').isVisible(), true);
  await page.keyboard.press('Escape');
  await adas.people.waitFor({ state: 'hidden' });
  assert.equal(await page.locator('[data-side-open]').evaluate((it) => it === document.activeElement), true);
});

test('fingers hit every button, and no field makes a phone zoom in', async (t) => {
  const { adas } = await afterATalk(t, PHONE);
  const { page } = adas;
  const faults = () =>
    page.evaluate(() => {
      const visible = [...document.querySelectorAll('button, input, textarea')].filter((it) => it.checkVisibility({ visibilityProperty: true }));
      return visible.flatMap((it) => {
        // A label around a switch is hit as well as the switch.
        const { width, height } = (it.closest('label') ?? it).getBoundingClientRect();
        const name = it.getAttribute('aria-label') ?? it.textContent ?? it.id;
        const isSmall = Math.round(width) < 44 || Math.round(height) < 44 ? [`${name} is ${width} by ${height}`] : [];
        const isField = it instanceof HTMLTextAreaElement || (it instanceof HTMLInputElement && it.type !== 'checkbox');
        return isField && parseFloat(getComputedStyle(it).fontSize) < 16 ? [...isSmall, `${name} zooms in`] : isSmall;
      });
    });
  assert.deepEqual(await faults(), []);
  await page.locator('[data-side-open]').click();
  await adas.people.waitFor();
  assert.deepEqual(await faults(), []);
  await page.locator('.button-side[popovertarget="settings"]').click();
  await page.locator('[data-notify]').waitFor();
  assert.deepEqual(await faults(), []);
});

for (const [name, width, height] of /** @type {const} */ ([
  ['a phone on its side', 844, 390],
  ['a page at 200 %', 640, 400],
  ['a page at 400 %', 320, 256],
])) {
  test(`${name} shows lines, box and people`, async (t) => {
    const { adas, bea } = await afterATalk(t, { viewport: { width, height } });
    await showsBoxAnd(adas, 'line 30', height);
    await adas.page.locator('[data-scroller]').evaluate((it) => void (it.scrollTop = 0));
    bea.say('one more');
    await adas.page.locator('[data-new]').click();
    await showsBoxAnd(adas, 'one more', height);
    if (width < 832) await adas.page.locator('[data-side-open]').click();
    await adas.people.getByText('Bea').waitFor();
    await adas.page.locator('.button-side[popovertarget="settings"]').click();
    await adas.page.locator('[data-notify-text]').scrollIntoViewIfNeeded();
    const overflow = await adas.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(overflow, 0);
    await adas.page.keyboard.press('Escape');
    await adas.page.locator('[data-leave]').click();
    await adas.isAtTheDoor();
  });
}

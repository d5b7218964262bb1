/** The emoji picker, and what is completed while one writes. */

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
  const { page } = adas;
  return {
    server,
    arrive,
    adas,
    page,
    opener: page.locator('[data-picker-open]'),
    picker: page.locator('[data-picker]'),
    search: page.locator('[data-picker-search]'),
    cells: page.locator('.picker-cell'),
    options: page.locator('.option'),
    marked: page.locator('.option[aria-selected="true"]'),
    isFocused: () => adas.box.evaluate((box) => box === document.activeElement),
  };
}

test('nothing of the emoji is fetched until somebody wants one', async (t) => {
  const { adas, page, opener, cells } = await inside(t);
  /** @type {string[]} */
  const fetched = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  await adas.say('plain words: 12:30, a@b');
  await adas.sees('plain words: 12:30, a@b');
  assert.deepEqual(fetched.filter((path) => path.includes('emoji')), []);
  await opener.click();
  await cells.first().waitFor();
  assert.deepEqual(fetched.filter((path) => path.includes('emoji')).toSorted(), ['/emoji/base.json', '/emoji/en.json', '/emoji/zh.json']);
});

test('an emoji is found in English or Chinese, and goes where the caret stood', async (t) => {
  const { adas, opener, picker, search, cells, isFocused } = await inside(t);
  await adas.box.fill('tea  time');
  await adas.box.evaluate((/** @type {HTMLTextAreaElement} */ box) => box.setSelectionRange(4, 4));
  await opener.click();
  await search.fill('teacup');
  await cells.first().waitFor();
  await search.press('Enter');
  assert.match(await adas.box.inputValue(), /^tea \p{Emoji}\ufe0f? time$/u);
  assert.equal(await isFocused(), true);
  await picker.waitFor({ state: 'hidden' });
  await adas.box.press('Control+z');
  assert.equal(await adas.box.inputValue(), 'tea  time', 'it can be undone');
  await opener.click();
  await search.fill('笑哭');
  await picker.getByRole('gridcell', { name: 'face with tears of joy' }).click();
  assert.equal(await adas.box.inputValue(), 'tea 😂 time');
  await adas.box.press('Enter');
  await adas.sees('tea 😂 time');
});

test('the picker is worked by keyboard alone', async (t) => {
  const { adas, page, opener, picker, cells, isFocused } = await inside(t);
  await opener.focus();
  await page.keyboard.press('Enter');
  await cells.first().waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  await page.keyboard.press('ArrowDown');
  const grid = await cells.allTextContents();
  assert.equal(await focused(), grid[0]);
  const steps = /** @type {const} */ ([['ArrowRight', 1], ['ArrowDown', 9], ['ArrowLeft', 8], ['ArrowUp', 0], ['End', grid.length - 1], ['Home', 0]]);
  for (const [key, at] of steps) {
    await page.keyboard.press(key);
    assert.equal(await focused(), grid[at], key);
  }
  assert.equal(await picker.locator('.picker-cell[tabindex="0"]').count(), 1, 'one stop for Tab');
  assert.match((await page.locator('[data-picker-name]').textContent()) ?? '', /grinning face :grinning:/);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('ArrowRight');
  await picker.getByRole('tab', { name: 'People', selected: true }).waitFor();
  assert.notEqual((await cells.allTextContents())[0], grid[0]);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.equal(await adas.box.inputValue(), '👋');
  assert.equal(await isFocused(), true);
  await opener.focus();
  await page.keyboard.press('Enter');
  await cells.first().waitFor();
  await page.keyboard.press('Escape');
  await picker.waitFor({ state: 'hidden' });
  assert.equal(await isFocused(), true);
});

test('those used last are kept over a reload, the last one first', async (t) => {
  const { adas, page, opener, picker, search, cells } = await inside(t);
  for (const name of ['rocket', 'teapot']) {
    await opener.click();
    await search.fill(name);
    await cells.first().waitFor();
    await search.press('Enter');
  }
  assert.equal(await adas.box.inputValue(), '🚀🫖');
  await page.reload();
  await adas.isInside();
  await opener.click();
  await cells.nth(20).waitFor();
  await picker.getByRole('tab').first().click();
  await cells.nth(2).waitFor({ state: 'detached' });
  assert.deepEqual(await cells.allTextContents(), ['🫖', '🚀']);
});

test('a list that cannot be fetched is told, and asked for again', async (t) => {
  const { page, opener, picker, cells } = await inside(t);
  await page.route('**/emoji/zh.json', (route) => route.fulfill({ body: '<p>a proxy in between' }));
  await opener.click();
  await picker.getByText('could not be fetched').waitFor();
  await page.keyboard.press('Escape');
  await page.unroute('**/emoji/zh.json');
  await opener.click();
  await cells.first().waitFor();
  await picker.getByText('could not be fetched').waitFor({ state: 'hidden' });
});

test('a shortcode is completed by arrows and Enter, and Escape leaves it alone', async (t) => {
  const { adas, options, marked } = await inside(t);
  await adas.box.pressSequentially('so :smil');
  await options.first().waitFor();
  const first = await marked.textContent();
  assert.equal(await adas.box.getAttribute('aria-activedescendant'), 'completion-0');
  await adas.box.press('ArrowDown');
  assert.notEqual(await marked.textContent(), first);
  assert.equal(await adas.box.getAttribute('aria-activedescendant'), await marked.getAttribute('id'));
  await adas.box.press('ArrowUp');
  await adas.box.press('ArrowUp');
  assert.equal(await marked.getAttribute('id'), `completion-${(await options.count()) - 1}`, 'round and round');
  await adas.box.press('ArrowDown');
  await adas.box.press('Tab');
  const picked = await adas.box.inputValue();
  assert.match(picked, /^so \p{Emoji}\ufe0f?$/u);
  await adas.box.pressSequentially(' :smil');
  await options.first().waitFor();
  await adas.box.press('Escape');
  await options.first().waitFor({ state: 'detached' });
  assert.equal(await adas.box.getAttribute('aria-activedescendant'), null);
  await adas.box.press('Enter');
  await adas.sees(`${picked} :smil`);
});

test('a whole shortcode becomes its emoji, and can be had back', async (t) => {
  const { adas, page } = await inside(t);
  const lists = page.waitForResponse((answer) => answer.url().endsWith('/emoji/zh.json'));
  await adas.box.pressSequentially('ok :th');
  await lists;
  await adas.page.locator('.option').first().waitFor();
  await adas.box.pressSequentially('umbsup:');
  assert.equal((await adas.box.inputValue()).replaceAll('\ufe0f', ''), 'ok 👍');
  await adas.box.press('Control+z');
  assert.equal(await adas.box.inputValue(), 'ok :thumbsup:');
  await adas.box.fill('');
  await adas.box.pressSequentially('`:smile:` 12:30:');
  assert.equal(await adas.box.inputValue(), '`:smile:` 12:30:');
});

test('a name is completed from the people who are here', async (t) => {
  const { server, arrive, adas, options } = await inside(t);
  const beas = await (await arrive()).open(server.url);
  await beas.enter('Bea Baker');
  await adas.listShows(['Ada', 'Bea Baker']);
  await adas.box.pressSequentially('hi @');
  await options.first().waitFor();
  assert.deepEqual(await options.locator('bdi').allTextContents(), ['Bea Baker'], 'not oneself');
  await adas.box.pressSequentially('be');
  await options.first().click();
  assert.equal(await adas.box.inputValue(), 'hi @Bea Baker ');
  await adas.box.press('Enter');
  await adas.sees('hi @Bea Baker');
  await beas.log.locator('.text-mention.is-me', { hasText: '@Bea Baker (you)' }).waitFor();
  // Enter sends when the name is whole.
  await adas.box.pressSequentially('@Bea Baker');
  assert.equal(await options.count(), 0);
  await adas.box.press('Enter');
  await adas.sees('@Bea Baker');
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';

import { scene } from './scene.mjs';

test('the language follows Accept-Language, and the switch is remembered', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive({ locale: 'zh-CN' });
  const adas = await ada.open(server.url);
  await adas.isAtTheDoor();
  const title = adas.page.locator('[data-enter]');
  const language = () => adas.page.evaluate(() => document.documentElement.lang);
  assert.equal(await title.textContent(), '进屋');
  assert.equal(await language(), 'zh');
  await adas.page.locator('.entrance [data-language]').click();
  assert.equal(await title.textContent(), 'Come in');
  await adas.page.reload();
  await adas.isAtTheDoor();
  assert.equal(await title.textContent(), 'Come in');
  assert.equal(await language(), 'en');
});

test('the page has its language before any script runs', async (t) => {
  const { server } = await scene(t);
  for (const [accepted, language] of [['zh-TW,zh;q=0.9,en;q=0.5', 'zh'], ['fr, en;q=0.5, zh;q=0.1', 'en'], ['fr', 'en']]) {
    const answer = await fetch(server.url, { headers: { 'accept-language': String(accepted) } });
    assert.match(await answer.text(), new RegExp(`<html lang="${language}"`));
  }
});

// That the page keeps to its policy is what every test here checks, by the complaints of the browser.
test('the policy admits no inline script, no style but the page\'s own, and no stranger', async (t) => {
  const { server } = await scene(t);
  const policy = (await fetch(server.url)).headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.match(policy, /style-src 'self' 'sha256-[\w+/]{43}='(;|$)/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
});

test('the whole page changes its language, what was said before included', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const bea = await arrive();
  const adas = await ada.open(server.url);
  await adas.enter('Ada');
  await (await bea.open(server.url)).enter('Bea');
  await adas.isTold(/Bea.* came in/);
  await adas.page.locator('.side [data-language]').click();
  await adas.isTold(/Bea.* 来了/);
  assert.equal(await adas.page.locator('[data-people-line]').textContent(), '2 人在场');
});

test('a dozen people have a dozen colours', async (t) => {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  for (let n = 2; n <= 12; n += 1) await visitor(t, server.url, `Visitor ${n}`);
  await adas.people.locator('.person').nth(11).waitFor();
  const colours = await adas.people
    .locator('.avatar')
    .evaluateAll((avatars) => avatars.map((avatar) => getComputedStyle(avatar).backgroundColor));
  assert.equal(new Set(colours).size, 12);
});

/**
 * Somebody without a browser, until the test is over.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {string} name
 */
async function visitor(t, url, name) {
  const answer = await fetch(`${url}/session`, { method: 'POST', body: new URLSearchParams({ name }) });
  const cookie = answer.headers.getSetCookie().map((set) => set.split(';')[0]).join('; ');
  const headers = { cookie, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const request = http.get(`${url}/ws`, { headers: { ...headers, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } });
  const [, socket] = await once(request, 'upgrade');
  t.after(() => socket.destroy());
}

test('all can be done by keyboard, and focus stays in the field', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const { page, ...adas } = await ada.open(server.url);
  await adas.nameField.waitFor();
  await page.keyboard.type('Ada');
  await page.keyboard.press('Enter');
  await adas.box.waitFor();
  await page.keyboard.type('without a mouse');
  await page.keyboard.press('Enter');
  await adas.log.getByText('without a mouse').waitFor();
  assert.equal(await adas.box.evaluate((box) => box === document.activeElement), true);
  await page.locator('[data-leave]').focus();
  await page.keyboard.press('Enter');
  await adas.nameField.waitFor();
  assert.equal(await adas.nameField.evaluate((field) => field === document.activeElement), true);
});

test('on a phone the people are in a drawer, which Escape closes', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive({ viewport: { width: 390, height: 844 }, hasTouch: true });
  const adas = await ada.open(server.url);
  await adas.enter('Ada');
  const opener = adas.page.locator('[data-side-open]');
  assert.equal(await adas.people.isVisible(), false);
  await opener.click();
  await adas.people.getByText('Ada').waitFor();
  await adas.page.keyboard.press('Escape');
  await adas.people.waitFor({ state: 'hidden' });
  assert.equal(await opener.evaluate((button) => button === document.activeElement), true);
});

test('nothing is wider than the screen, however long a word is', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive({ viewport: { width: 320, height: 640 } });
  const adas = await ada.open(server.url);
  await adas.enter('W'.repeat(32));
  await adas.say('w'.repeat(600));
  await adas.sees('w'.repeat(600));
  await adas.box.fill('w'.repeat(600));
  const overflow = await adas.page.evaluate(() => {
    const scrollers = [document.documentElement, ...document.querySelectorAll('[data-scroller], [data-talk], [data-side]')];
    return scrollers.filter((element) => element.scrollWidth > element.clientWidth).map((element) => element.className);
  });
  assert.deepEqual(overflow, []);
});

test('the server tells its time', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const adas = await ada.open(server.url);
  await adas.enter('Ada');
  const clock = adas.page.locator('[data-clock]');
  await clock.waitFor();
  assert.match((await clock.textContent()) ?? '', /^\d\d:\d\d:\d\d$/);
  assert.match((await clock.getAttribute('title')) ?? '', /^Server time: \w+.* \d{4}/);
});

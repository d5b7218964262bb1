import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { Operator } from './operator.mjs';
import { scene } from './scene.mjs';

/**
 * An operator who has signed in.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} [flags]
 * @param {import('playwright-core').BrowserContextOptions} [context]
 */
async function desk(t, flags, context) {
  const { server, arrive } = await scene(t, flags);
  const person = await arrive(context);
  const operator = await Operator.open(person, server);
  await operator.signIn(await server.adminToken());
  await operator.isInside();
  return { server, arrive, operator, person };
}

test('only the token lets in, and signing out shows nothing any more', async (t) => {
  const { server, arrive } = await scene(t);
  const operator = await Operator.open(await arrive(), server);
  await operator.signIn('not the token at all');
  await operator.tokenError.getByText('That is not the token.').waitFor();
  await operator.signIn(await server.adminToken());
  await operator.isInside();
  await operator.page.reload();
  await operator.isInside();
  await operator.page.locator('[data-sign-out]').click();
  await operator.notice.getByText('You have signed out.').waitFor();
  assert.equal(await operator.page.locator('.total-value').count(), 0);
  await operator.page.reload();
  await operator.token.waitFor();
});

test('who is here is told live, with address, queue and dialect', async (t) => {
  const { server, arrive, operator } = await desk(t);
  await operator.page.getByText('Nobody is here.').waitFor();
  const ada = await arrive();
  const adas = await ada.open(server.url);
  await adas.enter('Ada <b>');
  const row = operator.row('Ada <b>');
  await row.waitFor();
  assert.equal(await row.locator('[data-part="address"]').textContent(), '127.0.0.1');
  assert.equal(await row.locator('[data-part="queue"]').textContent(), '0 B');
  assert.equal(await row.locator('[data-part="dialect"]').textContent(), 'tertulia.v1');
  await (await ada.open(server.url)).isInside();
  await row.locator('[data-part="address"] > .line').nth(1).waitFor();
  await operator.page.locator('.total', { hasText: 'sockets' }).getByText('2', { exact: true }).waitFor();
  await ada.depart();
  await row.waitFor({ state: 'detached' });
});

test('plots draw what the server measures, and say it in words', async (t) => {
  const { server, arrive, operator } = await desk(t);
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  for (const name of ['presence', 'messages', 'latency']) {
    await operator.page.locator(`[data-plot="${name}"] canvas`).waitFor();
  }
  await operator.page.getByRole('img', { name: /^People and sockets\. people: now 1, least 0, most 1; sockets: now 1/ }).waitFor();
  await adas.say('hello');
  await operator.page.getByRole('img', { name: /^From a sender.*median: now \d+(\.\d)? [µm]?s/ }).waitFor();
  // Not one colour: something was drawn.
  const colours = await operator.page.locator('[data-plot="presence"] canvas').evaluate((canvas) => {
    const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
    const pixels = /** @type {HTMLCanvasElement} */ (canvas).getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
    return new Set(new Uint32Array(/** @type {Uint8ClampedArray} */ (pixels).buffer)).size;
  });
  assert.ok(colours > 10, String(colours));
});

test('a kick says what will happen, and happens', async (t) => {
  const { server, arrive, operator } = await desk(t);
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  await operator.openDialog('Ada', 'kick');
  await operator.dialog.getByText('1 socket of theirs will be closed at once').waitFor();
  assert.equal(await operator.page.locator('[data-reason]').evaluate((field) => field === document.activeElement), true);
  await operator.page.keyboard.press('Escape');
  await operator.dialog.waitFor({ state: 'hidden' });
  assert.equal(await operator.page.evaluate(() => document.activeElement?.getAttribute('data-part')), 'kick', 'the focus goes back');
  await operator.openDialog('Ada', 'kick');
  await operator.page.locator('[data-reason]').fill('please stop flooding');
  await operator.page.keyboard.press('Enter');
  await operator.toast.getByText('Ada was kicked: 1 socket closed.').waitFor();
  await operator.row('Ada').waitFor({ state: 'detached' });
  assert.equal(await adas.page.evaluate(async () => (await fetch('session')).status), 401, 'they are nobody any more');
  await adas.isAtTheDoor();
  assert.equal(await adas.notice.textContent(), 'You were put out of the room. “please stop flooding”');
  assert.equal(await adas.nameError.textContent(), '', 'the name is not at fault');
});

test('a ban that hits more than was asked for is told first; lifted, it is gone', async (t) => {
  const { server, arrive, operator } = await desk(t);
  for (const name of ['Ada', 'Bea']) await (await (await arrive()).open(server.url)).enter(name);
  await operator.openDialog('Ada', 'ban');
  await operator.dialog.getByText('Nobody gets in from 127.0.0.1 until the ban ends').waitFor();
  await operator.page.locator('[data-reason]').fill('flooding');
  await operator.confirm();
  await operator.dialogError.getByText(/your own address.*One other person is connected from there/).waitFor();
  assert.equal(await operator.page.locator('[data-dialog-do]').textContent(), 'Ban all of them');
  assert.equal(await operator.bans.count(), 0, 'nothing has happened yet');
  await operator.confirm();
  await operator.toast.getByText(/Banned: 127\.0\.0\.1/).waitFor();
  await operator.bans.getByText('flooding').waitFor();
  const refused = await fetch(`${server.url}/session`, { method: 'POST', body: new URLSearchParams({ name: 'Ada' }) });
  assert.equal(refused.status, 403);
  await operator.bans.getByRole('button', { name: 'Lift the ban of 127.0.0.1' }).click();
  await operator.page.getByText('Nobody is banned.').waitFor();
  const admitted = await fetch(`${server.url}/session`, { method: 'POST', body: new URLSearchParams({ name: 'Ada' }) });
  assert.equal(admitted.status, 201);
});

test('an address is banned by hand, and a wrong one is told', async (t) => {
  const { operator } = await desk(t);
  await operator.page.locator('[data-ban-by-hand]').click();
  await operator.page.locator('[data-address]').fill('not an address');
  await operator.confirm();
  await operator.dialogError.getByText(/./).waitFor();
  await operator.page.locator('[data-address]').fill('203.0.113.0/24');
  await operator.page.locator('[data-end]').selectOption('until');
  await operator.confirm();
  await operator.dialogError.getByText('Choose a date and time that is still to come.').waitFor();
  await operator.page.locator('[data-end]').selectOption('never');
  await operator.confirm();
  await operator.bans.filter({ hasText: '203.0.113.0/24' }).getByText('never').waitFor();
});

test('a refusal shows what was compared, and the setting that would admit it', async (t) => {
  const { server, operator } = await desk(t, [], { permissions: ['clipboard-read', 'clipboard-write'] });
  await operator.page.getByText('Nobody was refused since the server started.').waitFor();
  const refused = await fetch(`${server.url}/session`, { method: 'POST', headers: { origin: 'http://localhost:5173' } });
  assert.equal(refused.status, 403);
  const card = operator.refusals.filter({ hasText: 'Origin of a page' });
  await card.waitFor();
  assert.match((await card.textContent()) ?? '', /http:\/\/localhost:5173.*127\.0\.0\.1/s);
  await card.getByRole('button', { name: 'Copy --allowed-origin http://localhost:5173' }).click();
  await operator.toast.getByText('Copied.').waitFor();
  assert.equal(await operator.page.evaluate(() => navigator.clipboard.readText()), '--allowed-origin http://localhost:5173');
});

test('settings stand there as in force, with where they come from', async (t) => {
  const { operator } = await desk(t, ['--max-text', '2KiB']);
  const setting = operator.page.locator('.setting', { hasText: '--max-text' }).first();
  await setting.getByText(/2 ?KiB/).waitFor();
  await setting.getByText(/command line/).waitFor();
  const all = await operator.page.locator('.setting').count();
  await operator.page.locator('[data-settings-changed]').check();
  const changed = await operator.page.locator('.setting').count();
  assert.ok(changed > 0 && changed < all, `${changed} of ${all}`);
});

test('a server that is away is told, and one that came back wants the token again', async (t) => {
  const { server, operator, person } = await desk(t);
  await server.stop('SIGTERM');
  await operator.away.waitFor();
  await server.startAgain();
  await operator.notice.getByText('Your session is over. Sign in again.').waitFor();
  // Whatever was asked while nobody answered, or was not signed in, is no fault of the page.
  person.complaints = person.complaints.filter((text) => !/Failed to load resource/.test(text));
});

test('nobody asks while nobody looks', async (t) => {
  const { server, arrive } = await scene(t);
  const operator = await Operator.open(await arrive(), server, { prepare: (page) => page.clock.install() });
  await operator.signIn(await server.adminToken());
  await operator.isInside();
  const { page } = operator;
  /** @type {string[]} */
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.clock.runFor(1000);
  await page.waitForRequest(/api\/state/);
  await setVisibility('hidden');
  await page.clock.runFor(3000);
  // What had begun before may still go on: from here on a minute of the page's time is silent.
  asked.length = 0;
  await page.clock.runFor(60_000);
  assert.deepEqual(asked, []);
  const again = page.waitForRequest(/api\/state/);
  await setVisibility('visible');
  await again;

  /** @param {string} state */
  function setVisibility(state) {
    return page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  }
});

test('many are found, sorted and paged, and the browser keeps nothing of them', async (t) => {
  const { server, operator } = await desk(t, ['--max-handshakes-per-second', '0']);
  let open = async () => {};
  for (let n = 1; n <= 60; n += 1) open = await visitor(t, server.url, `Visitor ${String(n).padStart(2, '0')}`);
  const { page } = operator;
  await page.getByText('60 people here').waitFor();
  await page.getByText('Page 1 of 2').waitFor();
  assert.equal(await operator.rows.count(), 50);
  await page.locator('[data-page-on]').click();
  await operator.row('Visitor 60').waitFor();
  assert.equal(await operator.rows.count(), 10);
  // A second socket, as of another tab.
  await open();
  await page.locator('[data-sort]').selectOption('sockets-falling');
  await page.getByText('Page 1 of 2').waitFor();
  await page.waitForFunction(() => document.querySelector('[data-people] bdi')?.textContent === 'Visitor 60');
  await page.locator('[data-search]').fill('visitor 4');
  await page.getByText('10 of 60 people').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('[data-people] > tr').length === 10);
  await page.locator('[data-language]').last().click();
  await page.getByText('60 人中的 10 人').waitFor();
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  assert.equal(kept, '{"tertulia.language":"zh"}');
});

/**
 * Somebody without a browser, until the test is over. Gives a way to open one more socket.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {string} name
 */
async function visitor(t, url, name) {
  const answer = await fetch(`${url}/session`, { method: 'POST', body: new URLSearchParams({ name }) });
  const cookie = answer.headers.getSetCookie().map((set) => set.split(';')[0]).join('; ');
  const headers = { cookie, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  async function open() {
    const request = http.get(`${url}/ws`, { headers: { ...headers, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } });
    const [, socket] = await once(request, 'upgrade');
    t.after(() => socket.destroy());
  }
  await open();
  return open;
}

for (const [locale, viewport] of /** @type {const} */ ([['en-GB', { width: 1280, height: 800 }], ['zh-CN', { width: 390, height: 844 }]])) {
  test(`a checker finds nothing in the operator's view, ${locale}`, async (t) => {
    const { server, arrive } = await scene(t, ['--max-text', '2KiB']);
    const operator = await Operator.open(await arrive({ locale, viewport }), server);
    await operator.token.waitFor();
    await assertAccessible(operator.page, 'signing in');
    await operator.signIn(await server.adminToken());
    await operator.isInside();
    await (await (await arrive()).open(server.url)).enter('Ada');
    await fetch(`${server.url}/session`, { method: 'POST', headers: { origin: 'http://localhost:5173' } });
    await operator.row('Ada').waitFor();
    await operator.refusals.first().waitFor();
    await operator.page.locator('[data-ban-by-hand]').click();
    await operator.page.locator('[data-address]').fill('203.0.113.0/24');
    await assertAccessible(operator.page, 'banning an address');
    await operator.confirm();
    await operator.bans.first().waitFor();
    await assertAccessible(operator.page, 'the desk');
    await operator.openDialog('Ada', 'kick');
    await assertAccessible(operator.page, 'kicking');
    const width = await operator.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= viewport.width, `nothing is wider than the screen: ${width}`);
  });
}

/** The log: where the reader is, and what stands between the lines. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';
import { visit } from './visitor.mjs';

const LINES = 240;
/** So many of them come with the greeting. */
const KEPT = ['--max-frames-per-second', '0', '--history-lines', '1000'];

/**
 * Somebody has said a lot before Ada comes in.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').BrowserContextOptions} [context]
 */
async function longTalk(t, context) {
  const { server, arrive } = await scene(t, KEPT);
  const bea = await visit(server.url, 'Bea');
  t.after(() => bea.vanish());
  for (let n = 1; n <= LINES; n += 1) bea.say(`line ${n}${' and so on'.repeat(n % 13)}`);
  bea.say('that was all');
  await bea.hears('that was all');
  const ada = await arrive(context);
  const adas = await ada.open(server.url);
  await adas.enter('Ada');
  await adas.sees('that was all');
  return { server, bea, adas, scroller: adas.page.locator('[data-scroller]') };
}

/** @param {import('./people.mjs').Tab} tab */
const fromEnd = (tab) =>
  tab.page.locator('[data-scroller]').evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight);

test('older lines come in while the line before the reader stays where it is, to the pixel', async (t) => {
  const { adas, scroller } = await longTalk(t);
  const rows = await adas.page.locator('.said').count();
  assert.ok(rows < LINES, `${rows} lines came with the greeting`);
  const moved = await scroller.evaluate(async (scroller) => {
    const log = scroller.querySelector('[data-log]');
    const first = log?.querySelector('.said');
    if (!log || !first) throw new Error('there is no line');
    scroller.scrollTop = 0;
    await new Promise((resolve) => scroller.addEventListener('scroll', resolve, { once: true }));
    const before = first.getBoundingClientRect().top;
    await new Promise((resolve) => {
      const observer = new MutationObserver(() => (observer.disconnect(), resolve(null)));
      observer.observe(log, { childList: true });
    });
    const seen = [];
    for (let frame = 0; frame < 5; frame += 1) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      seen.push(first.getBoundingClientRect().top - before);
    }
    return { seen, anchoring: getComputedStyle(scroller).overflowAnchor };
  });
  for (const pixels of moved.seen) assert.ok(Math.abs(pixels) < 1, `it moved by ${moved.seen.join(', ')} pixels`);
  assert.equal(moved.anchoring, 'none', 'it is the page that holds still, not the browser');
});

test('at the beginning the log says so, with one day and one author above all', async (t) => {
  const { adas, scroller } = await longTalk(t);
  const start = adas.page.locator('[data-log-start]');
  while ((await start.textContent()) !== 'This is where it begins.') {
    const count = await adas.page.locator('.said').count();
    await scroller.evaluate((it) => void (it.scrollTop = 0));
    await adas.page.waitForFunction((count) => document.querySelectorAll('.said').length > count, count);
  }
  await adas.sees('line 1 and so on');
  const texts = (await adas.texts()).map((text) => Number(/^line (\d+)/.exec(text)?.[1] ?? 0));
  assert.deepEqual(texts.slice(0, LINES), Array.from({ length: LINES }, (_, n) => n + 1));
  assert.equal(await adas.log.locator('.divider.is-day').count(), 1);
  // All within some seconds: one group, also where two answers of the server meet.
  assert.equal(await adas.log.locator('.said:not(.is-continued)').count(), 1);
  assert.equal(await adas.log.locator(':scope > .chunk:first-child > :first-child').evaluate((it) => it.className), 'divider is-day');
});

test('who is at the end stays there, who moved up stays where they are', async (t) => {
  const { bea, adas, scroller } = await longTalk(t);
  bea.say('one more');
  await adas.sees('one more');
  assert.ok((await fromEnd(adas)) < 2);
  // By a little, as one does to read the last but one: that is leaving the end, too.
  await scroller.hover();
  await adas.page.mouse.wheel(0, -30);
  await adas.page.waitForFunction(() => {
    const it = document.querySelector('[data-scroller]');
    return it && it.scrollHeight - it.scrollTop - it.clientHeight > 20;
  });
  const top = await scroller.evaluate((it) => it.scrollTop);
  bea.say('and one');
  await adas.sees('and one');
  const button = adas.page.locator('[data-new]');
  assert.equal(await button.textContent(), '1 new line');
  assert.equal(await scroller.evaluate((it) => it.scrollTop), top);
  await button.focus();
  await adas.page.keyboard.press('Enter');
  await button.waitFor({ state: 'hidden' });
  assert.ok((await fromEnd(adas)) < 2);
  assert.equal(await adas.box.evaluate((box) => box === document.activeElement), true, 'and goes on writing');
});

test('the mouse on "N new" leaves the focus in the box', async (t) => {
  const { bea, adas, scroller } = await longTalk(t);
  await adas.box.focus();
  await scroller.evaluate((it) => void (it.scrollTop = 200));
  await adas.page.waitForFunction(() => document.querySelectorAll('.chunk').length > 2);
  bea.say('something new');
  await adas.page.locator('[data-new]').click();
  await adas.page.locator('[data-new]').waitFor({ state: 'hidden' });
  assert.equal(await adas.box.evaluate((box) => box === document.activeElement), true);
});

test('what came while nobody looked stands behind a line across the log', async (t) => {
  const { bea, adas } = await longTalk(t);
  await adas.hide(true);
  await adas.say('said by myself');
  await adas.sees('said by myself');
  assert.equal(await adas.log.locator('.divider.is-new').count(), 0, 'one\'s own lines are no news');
  bea.say('while you were out');
  await adas.sees('while you were out');
  await adas.hide(false);
  const divider = adas.log.locator('.divider.is-new');
  assert.equal(await divider.textContent(), 'New since you left');
  assert.equal(await divider.getAttribute('aria-live'), 'off');
  assert.match((await divider.locator('xpath=following-sibling::*[1]').textContent()) ?? '', /said by myself/);
  // Nothing comes while they are out the next time.
  await adas.hide(true);
  await divider.waitFor({ state: 'detached' });
  await adas.hide(false);
  assert.equal(await divider.count(), 0);
});

test('more than a screen of news is read from where it begins', async (t) => {
  const { bea, adas } = await longTalk(t);
  await adas.hide(true);
  for (let n = 1; n <= 40; n += 1) bea.say(`news ${n}`);
  await adas.sees('news 40');
  await adas.hide(false);
  const place = await adas.log.locator('.divider.is-new').evaluate((it) => {
    const scroller = it.closest('[data-scroller]');
    return it.getBoundingClientRect().top - (scroller?.getBoundingClientRect().top ?? 0);
  });
  assert.ok(place >= -1 && place < 40, `the line stands at ${place}`);
  assert.equal(await adas.page.locator('[data-new]').textContent(), '40 new lines');
});

test('a line tells its time, and the full date on it', async (t) => {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive({ timezoneId: 'Asia/Shanghai' })).open(server.url);
  await adas.enter('Ada');
  await adas.say('when?');
  const time = (await adas.sees('when?')).locator('time');
  const at = (await time.getAttribute('datetime')) ?? '';
  assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const local = new Date(Date.parse(at) + 8 * 3_600_000).toISOString();
  assert.equal(await time.textContent(), local.slice(11, 16));
  assert.match((await time.getAttribute('title')) ?? '', new RegExp(`day,? ${Number(local.slice(8, 10))} \\w+ ${local.slice(0, 4)} at ${local.slice(11, 19)}`));
});

test('in another language the log is drawn anew, and stays where it is', async (t) => {
  const { adas, scroller } = await longTalk(t);
  await scroller.evaluate((it) => void (it.scrollTop -= 1000));
  await adas.page.waitForFunction(() => {
    const it = document.querySelector('[data-scroller]');
    return it && it.scrollHeight - it.scrollTop - it.clientHeight > 900;
  });
  const seen = () =>
    scroller.evaluate((it) => {
      const edge = it.getBoundingClientRect().top;
      const row = [...it.querySelectorAll('.said')].find((row) => row.getBoundingClientRect().bottom > edge);
      return { text: row?.querySelector('.bubble-text')?.textContent, top: Math.round((row?.getBoundingClientRect().top ?? 0) - edge) };
    });
  const before = await seen();
  await adas.page.locator('.side [data-language]').click();
  await adas.page.locator('html[lang="zh"]').waitFor();
  const after = await seen();
  assert.equal(after.text, before.text);
  assert.ok(Math.abs(after.top - before.top) <= 1, `${before.top} became ${after.top}`);
});

test('each text runs in its own direction, and a name turns nothing round', async (t) => {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive()).open(server.url);
  await adas.enter('Ada');
  const dana = await visit(server.url, 'דנה');
  await adas.isTold(/דנה/);
  dana.say('שלום, Ada!');
  const line = await adas.sees('שלום, Ada!');
  assert.equal(await line.locator('.bubble-text').evaluate((it) => getComputedStyle(it).direction), 'rtl');
  assert.equal(await line.locator('.said-author bdi').count(), 1);
  const told = (await adas.log.locator('.quiet [data-part="text"]').first().textContent()) ?? '';
  assert.equal(told, '\u2068דנה\u2069 came in');
  dana.leave();
});

test('wide code scrolls within its own line', async (t) => {
  const { server, arrive } = await scene(t);
  const adas = await (await arrive({ viewport: { width: 390, height: 844 } })).open(server.url);
  await adas.enter('Ada');
  await adas.say(`\`\`\`\n${'wide '.repeat(80)}\n\`\`\``);
  const code = adas.log.locator('pre');
  await code.waitFor();
  const { inner, outer, log } = await code.evaluate((it) => {
    const scroller = it.closest('[data-scroller]');
    return { inner: it.scrollWidth > it.clientWidth, outer: it.clientWidth, log: (scroller?.scrollWidth ?? 0) - (scroller?.clientWidth ?? 0) };
  });
  assert.ok(inner && outer < 390);
  assert.equal(log, 0);
});

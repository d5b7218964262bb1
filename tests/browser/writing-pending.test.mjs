/** What became of a line: waiting, on its way, not certain, refused; and who else is typing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { scene } from './scene.mjs';

/**
 * @param {import('node:test').TestContext} t
 * @param {import('playwright-core').BrowserContextOptions} [context]
 * @param {string[]} [options]
 */
async function inside(t, context, options) {
  const { server, arrive } = await scene(t, options);
  const adas = await (await arrive(context)).open(server.url);
  await adas.enter('Ada');
  const { page } = adas;
  /** @param {string} status */
  const row = (status) => page.locator(`.is-pending[data-status="${status}"]`);
  const isFocused = () => adas.box.evaluate((box) => box === document.activeElement);
  return { server, arrive, adas, page, row, isFocused };
}

test('what is said without a connection waits, in words, and goes out later', async (t) => {
  const { server, adas, page, row, isFocused } = await inside(t);
  await server.stop('SIGKILL');
  await adas.banner.waitFor();
  await adas.box.pressSequentially('first');
  await adas.hint.getByText('goes out when you are back').waitFor();
  await adas.box.press('Enter');
  await adas.say('second');
  await adas.say('third');
  await row('waiting').nth(2).waitFor();
  assert.equal(await adas.box.inputValue(), '');
  assert.equal(await row('waiting').first().locator('.pending-word').innerText(), 'Waits for the connection…');
  assert.equal(await row('waiting').first().locator('[data-icon="waiting"]').isVisible(), true, 'not by colour alone');
  await assertAccessible(page, 'lines that wait');
  await row('waiting').nth(1).getByRole('button', { name: 'Forget it' }).click();
  assert.equal(await isFocused(), true);
  await row('waiting').nth(1).getByRole('button', { name: 'Back to the box' }).click();
  assert.equal(await adas.box.inputValue(), 'third');
  assert.equal(await row('waiting').count(), 1);
  await server.startAgain();
  await adas.sees('first');
  await row('waiting').waitFor({ state: 'detached' });
  assert.equal(await adas.box.inputValue(), 'third');
});

test('a line of which nobody knows is told, and can be sent again', async (t) => {
  const { server, adas, page, row, isFocused } = await inside(t);
  server.freeze();
  await adas.say('into the *void*');
  await row('sent').waitFor();
  assert.equal(await row('sent').getByRole('button').count(), 0, 'it is out of our hands');
  await assertAccessible(page, 'a line on its way');
  await server.stop('SIGKILL');
  await server.startAgain();
  await row('unsure').waitFor();
  assert.match(await row('unsure').locator('.pending-word').innerText(), /It may not have arrived/);
  assert.equal(await row('unsure').locator('[data-icon="unsure"]').isVisible(), true);
  await page.locator('[data-pending-status]', { hasText: /^Not sent: .*may not have arrived/ }).waitFor({ state: 'attached' });
  await assertAccessible(page, 'a line that may not have arrived');
  await row('unsure').getByRole('button', { name: 'Say it again' }).press('Enter');
  assert.equal(await isFocused(), true, 'whoever pressed it goes on writing');
  await page.locator('[data-log] .said').getByText('void').waitFor();
  await page.locator('.is-pending').waitFor({ state: 'detached' });
  assert.equal((await adas.texts()).length, 1);
});

test('a line that the server refuses says why', async (t) => {
  // The page would have known that this is too long; a server that has become stricter refuses what was written before.
  const { server, adas, page, row } = await inside(t);
  await server.stop('SIGKILL');
  await adas.banner.waitFor();
  await adas.say('x'.repeat(2000));
  await row('waiting').waitFor();
  await server.startAgain(['--max-text', '1KiB']);
  await row('refused').waitFor();
  assert.equal(await row('refused').locator('.pending-word').innerText(), 'This is too long. Say it in several parts.');
  assert.equal(await row('refused').locator('[data-icon="refused"]').isVisible(), true);
  await page.locator('[data-pending-status]', { hasText: /^Not sent: This is too long/ }).waitFor({ state: 'attached' });
  await assertAccessible(page, 'a refused line');
  await row('refused').getByRole('button', { name: 'Back to the box' }).click();
  assert.equal((await adas.box.inputValue()).length, 2000);
  await adas.hint.getByText(/^Too long by/).waitFor();
});

test('marks mean the same in a line that waits, and nothing in it runs', async (t) => {
  const { server, arrive, adas, page, row } = await inside(t);
  const beas = await (await arrive()).open(server.url);
  await beas.enter('Bea');
  await adas.listShows(['Ada', 'Bea']);
  server.freeze();
  const text = [
    '**b** *i* `c` @Bea @Ada <img src=x onerror=alert(1)>',
    '> quoted',
    '- one',
    '```',
    'code',
    '```',
    '[page](https://example.org/a) https://example.org [x](javascript:alert(1))',
  ];
  await adas.say(text.join('\n'));
  const body = row('sent').locator('.bubble-text');
  await body.waitFor();
  const found = await body.evaluate((body) => ({
    names: [...new Set(Array.from(body.querySelectorAll('*'), (element) => element.localName))].toSorted(),
    links: Array.from(body.querySelectorAll('a'), ({ href, rel, target, title, textContent }) => [href, rel, target, title, textContent]),
    mentions: Array.from(body.querySelectorAll('.text-mention'), (mention) => [mention.textContent, mention.classList.contains('is-me')]),
  }));
  const rel = 'noopener noreferrer nofollow';
  assert.deepEqual(found.names, ['a', 'bdi', 'blockquote', 'code', 'em', 'li', 'p', 'pre', 'span', 'strong', 'ul']);
  assert.deepEqual(found.links, [
    ['https://example.org/a', rel, '_blank', 'https://example.org/a', 'page example.org'],
    ['https://example.org/', rel, '_blank', 'https://example.org/', 'https://example.org'],
  ]);
  assert.deepEqual(found.mentions, [['@Bea', false], ['@Ada (you)', true]]);
  assert.match(await body.innerText(), /<img src=x onerror=alert\(1\)>/);
  assert.match(await body.innerText(), /\[x\]\(javascript:alert\(1\)\)/);
  await assertAccessible(page, 'a text with all marks');
});

test('who is typing is told, for one, two and more, and moves nothing', async (t) => {
  const { server, arrive, adas, page } = await inside(t);
  const typing = page.locator('[data-typing]');
  const others = [];
  for (const name of ['Bea', 'Cy', 'Di']) {
    const tab = await (await arrive()).open(server.url);
    await tab.enter(name);
    others.push(tab);
  }
  await adas.listShows(['Ada', 'Bea', 'Cy', 'Di']);
  const place = () => adas.box.evaluate((box) => box.getBoundingClientRect().top);
  const before = await place();
  assert.equal(await typing.isVisible(), false);
  const [bea, cy, di] = others;
  await bea?.box.pressSequentially('h');
  await typing.getByText(/^\u2068Bea\u2069 is typing…$/).waitFor();
  await cy?.box.pressSequentially('h');
  await typing.getByText(/^\u2068Bea\u2069 and \u2068Cy\u2069 are typing…$/).waitFor();
  await di?.box.pressSequentially('h');
  await typing.getByText(/^Several people are typing…$/).waitFor();
  assert.equal(await place(), before);
  await assertAccessible(page, 'several people typing');
  for (const tab of others) await tab.box.press('Enter');
  await typing.waitFor({ state: 'hidden' });
  assert.equal(await place(), before);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scene } from './scene.mjs';

/**
 * Two people who have come in.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} [options] of the server
 */
async function adaAndBea(t, options) {
  const { server, arrive } = await scene(t, options);
  const { url } = server;
  const ada = await arrive();
  const bea = await arrive();
  const adas = await ada.open(url);
  await adas.enter('Ada');
  const beas = await bea.open(url);
  await beas.enter('Bea');
  return { server, ada, adas, beas };
}

test('two people talk both ways and see each other in the list', async (t) => {
  const { adas, beas } = await adaAndBea(t);
  await adas.isTold(/Bea.* came in/);
  await adas.listShows(['Ada', 'Bea']);
  await beas.listShows(['Bea', 'Ada']);
  await adas.say('good morning');
  await beas.sees('good morning');
  await beas.say('and to you');
  await adas.sees('and to you');
  assert.deepEqual(await adas.texts(), ['good morning', 'and to you']);
  assert.deepEqual(await beas.texts(), ['good morning', 'and to you']);
  assert.equal(await adas.page.locator('.is-pending').count(), 0, 'what came back is no longer on its way');
});

test('a closed tab shows as gone, a reload does not', async (t) => {
  const { adas, beas } = await adaAndBea(t, ['--presence-grace', '2s']);
  await adas.isTold(/Bea.* came in/);
  await beas.page.reload();
  await beas.isInside();
  await beas.say('still Bea');
  await adas.sees('still Bea');
  await beas.page.close();
  await adas.isTold(/Bea.* left/);
  await adas.listShows(['Ada']);
  assert.equal(await adas.log.locator('.quiet').count(), 2, 'one line for coming, one for going, none for the reload');
});

test('two tabs of one browser are one person', async (t) => {
  const { server, ada, adas, beas } = await adaAndBea(t);
  const other = await ada.open(server.url);
  await other.isInside();
  await other.listShows(['Ada', 'Bea']);
  await adas.say('from the first tab');
  const line = await other.sees('from the first tab');
  assert.match((await line.getAttribute('class')) ?? '', /is-own/);
  await adas.page.close();
  await other.say('from the second tab');
  await beas.sees('from the second tab');
  await other.leave();
  await beas.isTold(/Ada.* left/);
  assert.equal(await beas.log.locator('.quiet').count(), 1, 'nothing is told of the second tab, nor of the first one closed');
});

test('log-out returns every tab to the form and tells the others', async (t) => {
  const { server, ada, adas, beas } = await adaAndBea(t);
  const second = await ada.open(server.url);
  await second.isInside();
  await adas.say('what the next one need not read');
  await second.sees('what the next one need not read');
  await adas.leave();
  await adas.isAtTheDoor();
  await second.isAtTheDoor();
  assert.equal(await adas.notice.textContent(), 'You have left. See you soon.');
  assert.equal(await second.notice.textContent(), 'You are signed out. Choose a name to come back.');
  assert.deepEqual(await adas.texts(), [], 'the conversation is gone from the page');
  await beas.isTold(/Ada.* left/);
  await beas.listShows(['Bea']);
  await adas.page.reload();
  await adas.isAtTheDoor();
});

test('a name that will not do is refused under the field', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const bea = await arrive();
  await (await ada.open(server.url)).enter('Ada');
  const beas = await bea.open(server.url);
  for (const name of ['Ada', '', 'a'.repeat(33)]) {
    await beas.takeName(name);
    await beas.page.locator('[data-name-error]:not(:empty)').waitFor();
    assert.equal(await beas.nameField.inputValue(), name, 'what was typed stays');
    assert.equal(await beas.nameField.getAttribute('aria-invalid'), 'true');
  }
  await beas.enter('Bea');
});

test('markup shows as text, in names and in lines', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const bea = await arrive();
  const name = '<i>Eve</i>';
  const text = '<img src=x onerror=alert(1)><script>alert(2)</script>\n  & two spaces, a new line';
  const beas = await bea.open(server.url);
  await beas.enter('Bea');
  const eves = await ada.open(server.url);
  await eves.enter(name);
  await beas.listShows(['Bea', name]);
  await eves.say(text);
  await eves.say('and no more');
  await beas.sees('and no more');
  assert.deepEqual(await beas.texts(), [text, 'and no more']);
  assert.equal(await beas.page.locator('[data-log] :is(img, script, i)').count(), 0);
});

test('Enter takes the suggestion of an input method and does not send', async (t) => {
  const { server, arrive } = await scene(t);
  const ada = await arrive();
  const adas = await ada.open(server.url);
  await adas.enter('Ada');
  const devtools = await adas.page.context().newCDPSession(adas.page);
  await adas.box.focus();
  await devtools.send('Input.imeSetComposition', { text: 'nihao', selectionStart: 5, selectionEnd: 5 });
  const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 };
  await devtools.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter });
  await devtools.send('Input.insertText', { text: '你好' });
  await devtools.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter });
  assert.equal(await adas.box.inputValue(), '你好');
  await adas.box.press('Shift+Enter');
  await adas.box.pressSequentially('再见');
  await adas.box.press('Enter');
  await adas.sees('你好\n再见');
  assert.deepEqual(await adas.texts(), ['你好\n再见']);
});

test('a text over the limit is told before it is sent', async (t) => {
  const { server, arrive } = await scene(t, ['--max-text', '300']);
  const ada = await arrive();
  const adas = await ada.open(server.url);
  await adas.enter('Ada');
  // Three bytes for each of these, and one for a quote or a new line, though the command has to escape it.
  const most = `${'"\n'.repeat(10)}${'言'.repeat(93)}!`;
  await adas.say(`${most}!`);
  assert.match((await adas.hint.textContent()) ?? '', /one byte/);
  assert.equal(await adas.box.inputValue(), `${most}!`);
  await adas.say(most);
  await adas.sees(most);
  assert.deepEqual(await adas.texts(), [most]);
});

test('the tab counts what came while it was hidden', async (t) => {
  const { adas, beas } = await adaAndBea(t);
  await adas.hide(true);
  await beas.say('one');
  await beas.say('two');
  await adas.page.waitForFunction(() => document.title === '(2) tertulia');
  await adas.hide(false);
  assert.equal(await adas.page.title(), 'tertulia');
});

test('a reader who scrolled up stays there and is told of new lines', async (t) => {
  const { adas, beas } = await adaAndBea(t);
  await adas.say(Array.from({ length: 80 }, (_, line) => `line ${line}`).join('\n'));
  await beas.log.locator('.said').first().waitFor();
  const scroller = beas.page.locator('[data-scroller]');
  const atEnd = () => scroller.evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight < 2);
  assert.equal(await atEnd(), true, 'a reader at the end is kept there');
  await scroller.evaluate((it) => it.scrollTo(0, 0));
  await adas.say('news');
  const button = beas.page.locator('[data-new]');
  await button.waitFor();
  assert.equal(await button.textContent(), '1 new line');
  assert.equal(await scroller.evaluate((it) => it.scrollTop), 0);
  await button.click();
  await button.waitFor({ state: 'hidden' });
  assert.equal(await atEnd(), true);
});

/** The tour, walked from its first step to its last by somebody who does what it asks for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { openLab } from './lab-people.mjs';
import { scene } from './scene.mjs';

test('the tour can be walked to its end, and every goal is something that happened', async (t) => {
  const { server, arrive } = await scene(t, ['--heartbeat-interval', '500ms', '--heartbeat-timeout', '8s', '--max-frames-per-second', '20']);
  const ada = await arrive();
  const beas = await (await arrive()).open(server.url);
  await beas.enter('Bea');
  const tab = await ada.open(server.url);
  await tab.enter('Ada');
  const { page } = tab;
  const lab = await openLab(tab);
  await page.locator('[data-tour-start]').click();
  const next = () => lab.tour.getByRole('button', { name: 'Next' }).click();

  await lab.reaches('cookie');
  assert.equal(await lab.tour.locator('[data-goal="asked"].is-done').count(), 0, 'nobody has asked yet');
  await lab.root.getByRole('button', { name: 'Who am I?' }).click();
  await lab.reaches('asked');
  await next();
  const anew = lab.root.getByRole('button', { name: 'Connect anew' });
  await anew.press('Enter');
  for (const goal of /** @type {const} */ (['anew', 'switched', 'judged'])) await lab.reaches(goal);
  await lab.isBackAs(2);
  assert.equal(await anew.evaluate((button) => button === document.activeElement), true, 'the focus stays');
  await next();
  await lab.frames.locator('[data-type="auth"] summary').first().click();
  for (const goal of /** @type {const} */ (['auth', 'list', 'time', 'opened'])) await lab.reaches(goal);
  await next();
  await tab.say('good morning');
  for (const goal of /** @type {const} */ (['said', 'acked', 'heard'])) await lab.reaches(goal);
  await next();
  await lab.reaches('ponged');
  await lab.show('times');
  await lab.root.getByRole('button', { name: 'Measure' }).click();
  for (const goal of /** @type {const} */ (['pinged', 'measured'])) await lab.reaches(goal);
  await next();
  await lab.stayAway(true);
  await lab.does('close');
  await lab.reaches('left');
  await lab.isBackAs(3);
  await lab.does('vanish');
  await lab.reaches('dropped');
  await lab.isBackAs(4);
  await lab.stayAway(false);
  await next();
  for (const [name, goal, count] of /** @type {const} */ ([['feed', '1002', 5], ['binary', '1003', 6], ['flood', '1008', 7]])) {
    await lab.does(name);
    await lab.reaches(goal);
    await lab.isBackAs(count);
  }
  await lab.does('origin');
  await lab.reaches('403');
  await lab.tour.getByText('All seven steps have really happened').waitFor();
  await assertAccessible(page, 'the end of the tour');
  ada.complaints.splice(0, ada.complaints.length, ...ada.complaints.filter((text) => !text.startsWith('a request to ws://localhost:')));
});

test('arrows turn the pages, Escape leaves the lab, and turning a page reaches no goal', async (t) => {
  const { server, arrive } = await scene(t);
  const tab = await (await arrive()).open(server.url);
  await tab.enter('Ada');
  const lab = await openLab(tab);
  await tab.page.locator('[data-tour-start]').click();
  for (let step = 2; step <= 7; step += 1) {
    await tab.page.keyboard.press('ArrowRight');
    await lab.tour.getByText(`Step ${step} of 7`).waitFor();
  }
  await lab.root.locator('[data-lab-part="rules"].is-pointed-at').waitFor();
  assert.equal(await lab.tour.locator('.is-done').count(), 0);
  await tab.page.keyboard.press('ArrowRight');
  await lab.tour.getByText('Step 7 of 7').waitFor();
  await tab.page.keyboard.press('ArrowLeft');
  await lab.tour.getByText('Step 6 of 7').waitFor();
  await tab.page.keyboard.press('Escape');
  await lab.root.waitFor({ state: 'hidden' });
});

test('large type fills the screen for the back row', async (t) => {
  const { server, arrive } = await scene(t);
  const tab = await (await arrive()).open(server.url);
  await tab.enter('Ada');
  const lab = await openLab(tab);
  await tab.page.locator('[data-tour-start]').click();
  await lab.root.getByRole('button', { name: 'Large type' }).click();
  const size = await lab.tour.locator('.tour-text').evaluate((text) => Number.parseFloat(getComputedStyle(text).fontSize));
  assert.ok(size >= 22, `${size} px`);
  assert.ok(((await lab.root.boundingBox())?.width ?? 0) > 800);
});

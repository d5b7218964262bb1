/** Every state of the page that can be reached, in both languages and themes, wide and on a phone. */

import { test } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { scene } from './scene.mjs';

const LOCALES = { en: 'en-GB', zh: 'zh-CN' };
const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

for (const language of /** @type {const} */ (['en', 'zh'])) {
  for (const size of /** @type {const} */ (['wide', 'phone'])) {
    test(`a checker finds nothing in the chat, ${language}, ${size}`, async (t) => {
      const { server, arrive } = await scene(t);
      const [ada, bea] = [await arrive({ locale: LOCALES[language], viewport: SIZES[size], hasTouch: size === 'phone' }), await arrive()];
      const adas = await ada.open(server.url);
      await adas.isAtTheDoor();
      await assertAccessible(adas.page, 'the door');
      await adas.takeName(' ');
      await adas.nameError.getByText(/./).waitFor();
      await assertAccessible(adas.page, 'a refused name');
      await adas.enter('Ada');
      await assertAccessible(adas.page, 'the empty room');

      const beas = await bea.open(server.url);
      await beas.enter('Bea');
      await adas.say('hello');
      await beas.say('hello yourself');
      await adas.sees('hello yourself');
      await assertAccessible(adas.page, 'the room with lines');
      if (size === 'phone') {
        await adas.page.locator('[data-side-open]').click();
        await adas.people.locator('.person').nth(1).waitFor();
        await assertAccessible(adas.page, 'the drawer');
        await adas.page.keyboard.press('Escape');
      }
      await server.stop('SIGTERM');
      await adas.banner.waitFor();
      await assertAccessible(adas.page, 'the banner');
    });
  }
}

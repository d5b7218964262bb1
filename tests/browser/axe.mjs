/**
 * Whether everybody can use what stands on a page: the rules of axe-core, WCAG 2.2 A and AA and best practices.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Fails with what axe-core finds on the page as it stands, in both themes.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} [state] what is shown, for the message
 */
export async function assertAccessible(page, state = 'the page') {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    assert.deepEqual(await faults(page), [], `${state}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** @param {import('playwright-core').Page} page */
async function faults(page) {
  // The protocol of the developer tools evaluates this, so the page's policy does not stand in the way.
  await page.evaluate(await source);
  return page.evaluate(async (tags) => {
    // What still moves has colours that nobody reads.
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
    const { violations } = await /** @type {any} */ (globalThis).axe.run({
      runOnly: { type: 'tag', values: tags },
      // Else it would put styles into the page, which the policy forbids; the one rule that wants it is about rotation.
      preload: false,
    });
    return violations.flatMap((/** @type {any} */ { id, nodes }) =>
      nodes.map((/** @type {any} */ node) => `${id}: ${node.html} ${node.failureSummary}`),
    );
  }, TAGS);
}

/**
 * The banner of a lost connection. It stands in nobody's way: the conversation stays readable below it.
 *
 * Only the cause is read out by screen readers; a countdown read out every second would drown everything else.
 *
 * @import { Actions, Link, State } from '../types.d.ts'
 */

import { WORDS, causeSentence } from '../words.js';
import { hook, setText } from './elements.js';

/** @param {Actions} actions */
export function createBanner(actions) {
  const banner = hook('banner');
  const cause = hook('banner-cause');
  const when = hook('banner-when');
  const retry = hook('retry');
  /** @type {State | null} */
  let shown = null;

  retry.addEventListener('click', () => actions.retry());

  /** @param {State} state */
  function render(state) {
    shown = state;
    const { link, language } = state;
    const because = link.status === 'open' ? null : link.cause;
    banner.hidden = because === null;
    banner.dataset['status'] = link.status;
    setText(cause, because === null ? '' : causeSentence(language, because, state.spoiled ?? []));
    retry.setAttribute('aria-disabled', String(link.status === 'connecting'));
    tick(Date.now());
  }

  /** @param {number} now milliseconds since 1970 */
  function tick(now) {
    if (shown) setText(when, whenSentence(shown, now));
  }

  return { render, tick };
}

/**
 * @param {State} state
 * @param {number} now
 */
function whenSentence({ link, language }, now) {
  const words = WORDS[language];
  if (link.status === 'connecting') return words.trying;
  if (link.status !== 'waiting') return '';
  return words['trying-in']({ seconds: Math.max(1, Math.ceil((link.retryAt - now) / 1000)) });
}

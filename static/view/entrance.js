/**
 * The form in which somebody takes a name.
 *
 * @import { Actions, State } from '../types.d.ts'
 */

import { WORDS, noticeSentence, refusalSentence } from '../words.js';
import { hook, setText } from './elements.js';

/** @param {Actions} actions */
export function createEntrance(actions) {
  const place = hook('entrance');
  const form = hook('name-form');
  const name = /** @type {HTMLInputElement} */ (hook('name'));
  const error = hook('name-error');
  const notice = hook('notice');
  const button = hook('enter');

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    actions.enter(name.value);
  });

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render(state, before) {
    const { language, entrance } = state;
    const shown = state.place === 'entrance';
    place.hidden = !shown;
    if (!shown) return;
    const words = WORDS[language];
    const isNew = before?.place !== 'entrance';
    if (isNew) name.value = entrance.name;
    // What an operator said when they put somebody out is no fault of the name.
    const lastWord = entrance.refusal?.code === 'kicked' ? entrance.refusal.message : null;
    const fault = lastWord === null ? entrance.refusal : null;
    const why = entrance.notice ? noticeSentence(language, entrance.notice) : '';
    setText(notice, lastWord === null ? why : `${why} “${lastWord}”`);
    setText(error, fault ? refusalSentence(language, fault) : '');
    setText(button, entrance.busy ? words.entering : words.enter);
    button.setAttribute('aria-disabled', String(entrance.busy));
    name.setAttribute('aria-invalid', String(fault !== null));
    if (isNew || (entrance.refusal && entrance.refusal !== before?.entrance.refusal)) name.select();
    if (isNew) name.focus();
  }

  return { render };
}

/**
 * The one dialog, for whatever puts somebody out. It says plainly what will happen; the browser itself keeps the focus
 * in it and gives it back.
 *
 * @import { Language, UserRow } from './types.d.ts'
 */

import { hook, setText } from '../view/elements.js';
import { Refused, ban, kick } from './api.js';
import { endOf } from './figures.js';
import { WORDS, failureSentence } from './words.js';

/**
 * What the dialog is open for.
 *
 * @typedef {{ kind: 'kick', user: UserRow } | { kind: 'ban', user: UserRow } | { kind: 'address' }} Wish
 */

/**
 * @param {() => Language} language
 * @param {{ done: (sentence: string) => void, over: () => void }} desk
 */
export function createDialogs(language, desk) {
  const dialog = /** @type {HTMLDialogElement} */ (hook('dialog'));
  const address = /** @type {HTMLInputElement} */ (hook('address'));
  const reason = /** @type {HTMLInputElement} */ (hook('reason'));
  const end = /** @type {HTMLSelectElement} */ (hook('end'));
  const until = /** @type {HTMLInputElement} */ (/** @type {unknown} */ (dialog.querySelector('input[data-until]')));
  const confirm = hook('dialog-do');
  /** @type {Wish | null} */
  let wish = null;
  /** The server said that more people are hit, and the operator was told. */
  let warned = false;
  let busy = false;

  hook('dialog-cancel').addEventListener('click', () => dialog.close());
  end.addEventListener('change', () => (hook('until-field').hidden = end.value !== 'until'));
  for (const field of [address, end, until]) field.addEventListener('input', () => complain('', false));
  dialog.addEventListener('close', () => {
    wish = null;
    // Whoever it was about may have gone, and the button with them.
    if (document.activeElement === document.body) hook('people-heading').focus();
  });
  hook('dialog-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void act();
  });

  /** @param {Wish} wanted */
  function open(wanted) {
    wish = wanted;
    const words = WORDS[language()];
    const name = wanted.kind === 'address' ? '' : wanted.user.name;
    const heading = { kick: words['kick-heading']({ name }), ban: words['ban-heading']({ name }), address: words['ban-address-heading'] };
    setText(hook('dialog-heading'), heading[wanted.kind]);
    setText(hook('dialog-effect'), effect(wanted));
    hook('address-field').hidden = wanted.kind !== 'address';
    hook('end-field').hidden = wanted.kind === 'kick';
    [address.value, reason.value, end.value, until.value] = ['', '', '1440', ''];
    hook('until-field').hidden = true;
    complain('', false);
    dialog.showModal();
    (wanted.kind === 'address' ? address : reason).focus();
  }

  /** @param {Wish} wanted */
  function effect(wanted) {
    const words = WORDS[language()];
    if (wanted.kind === 'address') return words['ban-effect-address'];
    const { sockets } = wanted.user;
    if (wanted.kind === 'kick') return words['kick-effect']({ count: sockets.length });
    if (sockets.length === 0) return words['ban-effect-none'];
    return words['ban-effect']({ addresses: [...new Set(sockets.map((socket) => socket.address))].join(', ') });
  }

  /**
   * @param {string} sentence
   * @param {boolean} isWarning that may be overruled
   */
  function complain(sentence, isWarning) {
    warned = isWarning;
    setText(hook('dialog-error'), sentence);
    const words = WORDS[language()];
    setText(confirm, isWarning ? words['do-ban-anyway'] : wish?.kind === 'kick' ? words['do-kick'] : words['do-ban']);
  }

  async function act() {
    if (!wish || busy) return;
    const until = wish.kind === 'kick' ? null : untilWhen();
    if (until === undefined) return complain(WORDS[language()]['until-past'], false);
    busy = true;
    confirm.setAttribute('aria-disabled', 'true');
    try {
      const sentence = await carryOut(wish, until);
      dialog.close();
      desk.done(sentence);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      failed(error);
    } finally {
      busy = false;
      confirm.removeAttribute('aria-disabled');
    }
  }

  function untilWhen() {
    return endOf(end.value, until.value, Date.now());
  }

  /**
   * @param {Wish} wanted
   * @param {string | null} until
   */
  async function carryOut(wanted, until) {
    const words = WORDS[language()];
    if (wanted.kind === 'kick') {
      const { sockets } = await kick(wanted.user.id, reason.value.trim());
      return words['done-kick']({ name: wanted.user.name, count: sockets });
    }
    const whom = wanted.kind === 'ban' ? { user: wanted.user.id } : { address: address.value.trim() };
    const why = reason.value.trim() ? { reason: reason.value.trim() } : {};
    const { bans, sockets } = await ban({ ...whom, ...why, until, ...(warned ? { force: true } : {}) });
    return words['done-ban']({ addresses: bans.map((made) => made.address).join(', '), count: sockets });
  }

  /** @param {Refused} error */
  function failed({ failure }) {
    if (failure.code === 'not-signed-in') {
      dialog.close();
      return desk.over();
    }
    const words = WORDS[language()];
    if (failure.code !== 'needs-force') return complain(failureSentence(language(), failure), false);
    const sentences = [failure.own ? words['force-own'] : '', failure.others > 0 ? words['force-others']({ count: failure.others }) : ''];
    complain(sentences.filter(Boolean).join(' '), true);
  }

  return { open, close: () => dialog.close() };
}

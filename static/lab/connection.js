/**
 * Where a connection comes from: the HTTP session, the handshake as the server saw it, and the state of the socket.
 *
 * @import { Handshake, Model } from './types.d.ts'
 */

import { button, element } from './build.js';
import { sourceLink } from './source.js';

/** Milliseconds until a request counts as unanswered. */
const TIMEOUT = 10_000;

/**
 * @param {import('./words.js').LabWords} words
 * @param {object} actions
 * @param {{ root: HTMLElement }} actions.machine
 * @param {() => void} actions.anew closes the socket, so that the page opens another
 * @param {() => void} actions.asked the server has said who this is
 */
export function createConnection(words, { machine, anew, asked }) {
  const handshake = element('section', { 'data-lab-part': 'handshake', 'aria-labelledby': 'lab-handshake' });
  const heading = element('h3', { id: 'lab-handshake' }, words['handshake-heading']);
  const again = element('div', { class: 'lab-row' }, button(words['handshake-anew'], anew));
  handshake.append(heading, again);
  const root = element('div', { class: 'lab-panel' }, machine.root, httpSession(words, asked), handshake);
  /** @type {Handshake | null | undefined} */
  let shown;

  /** @param {Model} model */
  function render(model) {
    if (model.handshake === shown) return;
    shown = model.handshake;
    const nothing = element('p', { class: 'lab-note' }, words['handshake-none']);
    // The button stays where it is, with the focus of whoever pressed it.
    while (again.nextSibling) again.nextSibling.remove();
    handshake.append(...(shown ? tables(words, shown) : [nothing]));
  }

  return { root, render };
}

/**
 * The cookie's half of the story: who this browser is, asked by the page itself.
 *
 * @param {import('./words.js').LabWords} words
 * @param {() => void} asked
 */
function httpSession(words, asked) {
  const result = element('div', { role: 'status' });
  const ask = button(words['session-ask'], () => void answer());
  async function answer() {
    try {
      const response = await fetch('session', { cache: 'no-store', credentials: 'same-origin', signal: AbortSignal.timeout(TIMEOUT) });
      const text = await response.text();
      result.replaceChildren(
        element('p', {}, words['session-answer']({ status: response.status })),
        element('pre', {}, text),
        element('p', {}, words['session-cookie']({ text: document.cookie })),
      );
      if (response.ok) asked();
    } catch {
      result.replaceChildren(element('p', {}, words['session-failed']));
    }
  }
  return element(
    'section',
    { 'data-lab-part': 'session', 'aria-labelledby': 'lab-session' },
    element('h3', { id: 'lab-session' }, words['session-heading']),
    element('p', { class: 'lab-note' }, words['session-hint']),
    element('div', { class: 'lab-row' }, ask),
    result,
  );
}

/**
 * @param {import('./words.js').LabWords} words
 * @param {Handshake} handshake
 */
function tables(words, { request, answer, interceptors }) {
  const verdicts = element(
    'table',
    { class: 'lab-table' },
    element('caption', {}, words['handshake-interceptors']),
    tableHead([words['interceptor-name'], words['interceptor-verdict'], words['source-file']]),
    element(
      'tbody',
      {},
      ...interceptors.map(({ name, verdict, compared, source }) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, name),
          element('td', {}, verdictOf(words, verdict), comparison(words, compared)),
          element('td', {}, sourceLink(source)),
        ),
      ),
    ),
  );
  return [
    headers(words, `${words['handshake-request']}: ${request.line}`, request.headers),
    headers(words, `${words['handshake-answer']}: ${answer.line}`, answer.headers),
    verdicts,
  ];
}

/**
 * @param {import('./words.js').LabWords} words
 * @param {string} verdict of a newer server it may be another word
 */
function verdictOf(words, verdict) {
  return verdict === 'admitted' || verdict === 'refused' ? words[`verdict-${verdict}`] : verdict;
}

/**
 * @param {import('./words.js').LabWords} words
 * @param {import('./types.d.ts').Comparison} compared
 */
function comparison(words, { got, wanted, rule, admit, figures }) {
  /** @type {[string, string | null][]} */
  const lines = [
    [words['compared-got'], got],
    [words['compared-wanted'], wanted.join(', ')],
    [words['compared-rule'], rule],
    [words['compared-figures'], figures.join(', ')],
    [words['compared-admit'], admit],
  ];
  const told = lines.filter(([, value]) => value);
  return element('ul', {}, ...told.map(([name, value]) => element('li', { class: 'lab-note' }, `${name} `, element('code', {}, value))));
}

/**
 * @param {import('./words.js').LabWords} words
 * @param {string} caption
 * @param {readonly (readonly [string, string])[]} list
 */
function headers(words, caption, list) {
  return element(
    'table',
    { class: 'lab-table lab-headers' },
    element('caption', {}, caption),
    tableHead([words['header-name'], words['header-value']]),
    element(
      'tbody',
      {},
      ...list.map(([name, value]) =>
        element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, element('code', {}, value))),
      ),
    ),
  );
}

/** @param {string[]} heads */
export function tableHead(heads) {
  return element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head))));
}

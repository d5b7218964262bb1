/**
 * The table of close codes, the one that has just happened lit.
 *
 * @import { Model } from './types.d.ts'
 */

import { element } from './build.js';
import { CODES, sectionAddress } from './codes.js';

/** @param {import('./words.js').LabWords} words */
export function createCodes(words) {
  const happened = element('p', { class: 'lab-note' }, words['codes-none']);
  const rows = CODES.map(({ code, section, sent }) => {
    const address = element('a', { href: sectionAddress(section), target: '_blank', rel: 'noreferrer' }, section);
    const row = element(
      'tr',
      {},
      element('th', { scope: 'row' }, String(code)),
      element('td', {}, words[`code-${code}`]),
      element('td', {}, words[`sent-${sent}`]),
      element('td', {}, address),
    );
    return { code, row };
  });
  const heads = [words['codes-code'], words['codes-meaning'], words['codes-sent'], 'RFC 6455'];
  const table = element(
    'table',
    { class: 'lab-table' },
    element('caption', {}, words['codes-caption']),
    element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
    element('tbody', {}, ...rows.map(({ row }) => row)),
  );
  const root = element('section', { 'aria-label': words['tab-codes'], 'data-lab-part': 'codes' }, happened, table);

  /** @param {Model} model */
  function render({ closed }) {
    for (const { code, row } of rows) {
      const isLit = code === Number(closed?.code);
      row.classList.toggle('is-lit', isLit);
      if (isLit) row.setAttribute('aria-current', 'true');
      else row.removeAttribute('aria-current');
    }
    if (closed) happened.textContent = words['codes-happened'](closed);
  }

  return { root, render };
}

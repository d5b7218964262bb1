/**
 * The side with the people (and one day the rooms): always there on a wide screen, a drawer on a narrow one.
 *
 * A closed drawer is inert, and an open one makes the rest inert, so that Tab and screen readers never reach what
 * cannot be seen.
 */

import { hook } from './elements.js';

/** The same width stands in styles/layout.css. */
const NARROW = '(width < 52rem)';

export function createSide() {
  const side = hook('side');
  const talk = hook('talk');
  const scrim = hook('scrim');
  const opener = hook('side-open');
  const narrow = matchMedia(NARROW);
  let isOpen = false;

  opener.addEventListener('click', () => set(true));
  hook('side-close').addEventListener('click', () => set(false));
  scrim.addEventListener('click', () => set(false));
  document.addEventListener('keydown', (event) => isOpen && event.key === 'Escape' && !isCovered() && set(false));
  narrow.addEventListener('change', () => set(false));

  /** What lies over the drawer is closed first. */
  function isCovered() {
    return document.querySelector(':popover-open') !== null;
  }

  /** @param {boolean} open */
  function set(open) {
    const wasOpen = isOpen;
    isOpen = open && narrow.matches;
    side.classList.toggle('is-open', isOpen);
    side.inert = narrow.matches && !isOpen;
    talk.inert = isOpen;
    scrim.hidden = !isOpen;
    opener.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) side.focus();
    else if (wasOpen && narrow.matches) opener.focus();
  }

  set(false);
  return { close: () => set(false) };
}

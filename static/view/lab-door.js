/**
 * The door to the lab: a button in the bar, where the server allows it. The lab itself, its words and its styles come
 * when it is first opened; whoever never does pays for none of it.
 *
 * @import { State } from '../types.d.ts'
 * @import { LabTools } from '../lab/types.d.ts'
 */

import { hook } from './elements.js';

const STYLES = ['styles/lab.css', 'styles/lab-parts.css'];

/** @param {LabTools} tools */
export function createLabDoor(tools) {
  const opener = hook('lab-open');
  /** @type {Promise<ReturnType<typeof import('../lab/lab.js').createLab>> | null} */
  let built = null;
  /** @type {State | null} */
  let shown = null;

  opener.addEventListener('click', () => void toggle());
  document.addEventListener('keydown', (event) => {
    // AltGr counts as Ctrl and Alt on some systems, and writes a letter.
    const isChord = event.ctrlKey && event.altKey && !event.getModifierState('AltGraph');
    const isOurs = isChord && !event.repeat && event.code === 'KeyL';
    if (!isOurs || opener.hidden || shown?.place !== 'room') return;
    event.preventDefault();
    void toggle();
  });

  async function toggle() {
    built ??= build();
    const lab = await built.catch(() => null);
    // The server may have been away just now; the next click tries again.
    if (!lab) built = null;
    if (shown) lab?.render(shown);
    lab?.toggle();
  }

  async function build() {
    const [{ createLab }] = await Promise.all([import('../lab/lab.js'), ...STYLES.map(styles)]);
    return createLab(tools, opener);
  }

  /** @param {State} state */
  function render(state) {
    if (shown?.place === 'room' && state.place !== 'room') tools.tape()?.clear();
    shown = state;
    opener.hidden = tools.tape() === null;
    void built?.then((lab) => shown && lab.render(shown), () => {});
  }

  return { render };
}

/**
 * Resolves when the styles are in force.
 *
 * @param {string} address
 */
function styles(address) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = address;
  return new Promise((resolve, reject) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', () => {
      link.remove();
      reject(new Error('the styles of the lab did not come'));
    });
    document.head.append(link);
  });
}

/**
 * What a tab among many shows of unread lines: a number in its title, on its icon, and on that of an installed page.
 *
 * @import { State } from '../types.d.ts'
 */

import { WORDS } from '../words.js';
import { hook } from './elements.js';

/** Pixels of the icon that is drawn: browsers scale it down. */
const SIZE = 64;
/** More than that does not fit on an icon. */
const SHOWN_LIMIT = 99;

export function createAttention() {
  const link = /** @type {HTMLLinkElement} */ (hook('icon'));
  const plain = link.href;
  /** Fetched once, when there is something to draw on it. @type {Promise<HTMLImageElement> | null} */
  let picture = null;
  let shown = 0;

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render({ unread, language }, before) {
    if (unread === before?.unread && language === before.language) return;
    const name = WORDS[language]['app-name'];
    document.title = unread > 0 ? `(${unread}) ${name}` : name;
    if (unread === shown) return;
    shown = unread;
    void draw(unread);
    badgeApp(unread);
  }

  /** @param {number} count */
  async function draw(count) {
    if (count === 0) {
      link.href = plain;
      return;
    }
    picture ??= load(plain);
    const icon = await picture.catch(() => null);
    // Without the picture the number in the title must do; and it may be another one by now.
    if (icon && count === shown) link.href = withNumber(icon, count > SHOWN_LIMIT ? `${SHOWN_LIMIT}+` : String(count));
  }

  return { render };
}

/**
 * The number on the icon of an installed page, where there is one.
 *
 * @param {number} count
 */
function badgeApp(count) {
  if (!('setAppBadge' in navigator)) return;
  // Refused to a page that is not installed: nothing to do.
  navigator.setAppBadge(count).catch(() => {});
}

/** @param {string} address */
async function load(address) {
  const image = new Image(SIZE, SIZE);
  image.src = address;
  await image.decode();
  return image;
}

/**
 * @param {HTMLImageElement} icon
 * @param {string} number
 */
function withNumber(icon, number) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SIZE;
  const brush = canvas.getContext('2d');
  if (!brush) return icon.src;
  brush.drawImage(icon, 0, 0, SIZE, SIZE);
  brush.font = `700 ${number.length > 2 ? 24 : 32}px system-ui, sans-serif`;
  brush.textAlign = 'center';
  brush.textBaseline = 'middle';
  const width = Math.max(40, brush.measureText(number).width + 16);
  const [x, y] = [SIZE - width / 2, SIZE - 20];
  brush.beginPath();
  brush.roundRect(SIZE - width, SIZE - 40, width, 40, 20);
  brush.fillStyle = '#b3261e';
  brush.fill();
  brush.fillStyle = '#ffffff';
  brush.fillText(number, x, y + 2);
  return canvas.toDataURL('image/png');
}

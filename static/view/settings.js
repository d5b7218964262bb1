/**
 * A small panel with what one may choose, and the notifications that come of it.
 *
 * The browser is asked for its permission only when somebody switches notifications on.
 *
 * @import { Actions, Language, State } from '../types.d.ts'
 */

import { Notifier } from '../notify.js';
import { PREFERENCES_KEY, Preferences } from '../preferences.js';
import { WORDS } from '../words.js';
import { hook, setText } from './elements.js';

/** One at a time for all tabs: the next takes the place of the last. */
const TAG = 'tertulia';

/** @typedef {'insecure' | 'unsupported' | 'denied'} Obstacle */

/** @param {Actions} actions */
export function createSettings(actions) {
  const panel = hook('settings');
  const notify = /** @type {HTMLInputElement} */ (hook('notify'));
  const showText = /** @type {HTMLInputElement} */ (hook('notify-text'));
  const preferences = new Preferences(() => localStorage);
  const notifier = new Notifier({
    mayNotify: () => actions.mayNotify() && obstacle() === null,
    wishes: () => preferences.wishes,
    show,
    after: (run, delay) => setTimeout(run, delay),
  });
  /** Phones have the constructor, and it throws. */
  let isUnsupported = !('Notification' in window);
  /** @type {Language} */
  let language = 'en';

  notify.addEventListener('change', () => void switchNotify());
  showText.addEventListener('change', () => preferences.set({ showText: showText.checked }));
  // The permission may have changed since, in the browser's own settings.
  panel.addEventListener('beforetoggle', renderPanel);
  hook('settings-close').addEventListener('click', () => panel.hidePopover());
  window.addEventListener('storage', ({ key }) => key === PREFERENCES_KEY && preferences.readAgain());
  preferences.onChange(renderPanel);

  /** @returns {Obstacle | null} why no notification can be shown; `null` also before the browser was asked */
  function obstacle() {
    if (!window.isSecureContext) return 'insecure';
    if (isUnsupported) return 'unsupported';
    return Notification.permission === 'denied' ? 'denied' : null;
  }

  async function switchNotify() {
    const isWanted = notify.checked && obstacle() === null;
    if (!isWanted) return preferences.set({ notify: false });
    const permission = await Notification.requestPermission();
    preferences.set({ notify: permission === 'granted' });
    // Shows how they look, and whether this browser can at all.
    if (permission === 'granted') show(WORDS[language]['app-name'], WORDS[language]['notify-sample']);
  }

  /**
   * @param {string} title
   * @param {string} body
   */
  function show(title, body) {
    try {
      const notification = new Notification(title, { body, tag: TAG, lang: language, icon: 'icons/icon-192.png' });
      notification.onclick = () => {
        window.focus();
        notification.close();
      };
      return () => notification.close();
    } catch {
      isUnsupported = true;
      preferences.set({ notify: false });
      return null;
    }
  }

  function renderPanel() {
    const words = WORDS[language];
    const why = obstacle();
    const { wishes } = preferences;
    const isOn = wishes.notify && why === null && Notification.permission === 'granted';
    notify.checked = isOn;
    notify.disabled = why !== null;
    showText.checked = wishes.showText;
    showText.disabled = !isOn;
    setText(hook('notify-hint'), why === null ? words['notify-hint'] : words[`notify-${why}`]);
  }

  /**
   * @param {State} state
   * @param {State | null} before
   */
  function render(state, before) {
    notifier.changed(state);
    if (state.place !== before?.place && panel.matches(':popover-open')) panel.hidePopover();
    if (state.language === before?.language) return;
    language = state.language;
    renderPanel();
  }

  return { render };
}

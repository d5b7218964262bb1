/**
 * The keyboard of a phone. Most browsers make the page smaller for it (`interactive-widget` in index.html asks for
 * that); Safari lays it over the page, and only the visual viewport tells how much is left.
 */

/** Less than this is a toolbar that comes and goes, for which `dvh` is enough. CSS pixels. */
const LEAST = 100;

export function createKeyboard() {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const root = document.documentElement;

  function fit() {
    // Somebody who zooms in sees less, too, but wants nothing to move.
    const covered = viewport && viewport.scale === 1 ? window.innerHeight - viewport.height : 0;
    if (covered < LEAST) {
      root.style.removeProperty('--keyboard');
      return;
    }
    root.style.setProperty('--keyboard', `${Math.round(covered)}px`);
    // Safari also pushes the page up, to where the box would have been.
    window.scrollTo(0, 0);
  }

  viewport.addEventListener('resize', fit);
  viewport.addEventListener('scroll', fit);
}

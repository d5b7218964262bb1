/**
 * When the page does what came in: with the next turn of the screen, so that a burst is drawn once. No DOM; the screen
 * and the clock come from outside.
 */

/** The longest that anything waits where there is a clock, and the shortest between two turns where no screen is. */
export const TURN = 250;

/**
 * @typedef {object} Around
 * @property {() => boolean} visible whether there is a screen to draw on
 * @property {(run: () => void) => unknown} withScreen runs something before the screen is drawn next
 * @property {(run: () => void, delay: number) => unknown} after
 * @property {() => number} now milliseconds
 */

/**
 * A hidden page is never drawn, and its timers are slow. So there it is done at once, unless that was done a moment
 * ago: only the end of a burst waits for a timer.
 *
 * @param {Around} around
 * @returns {(run: () => void) => void}
 */
export function turnsOf(around) {
  let last = -Infinity;
  return (run) => {
    let isDone = false;
    const once = () => {
      if (isDone) return;
      isDone = true;
      last = around.now();
      run();
    };
    if (around.visible()) around.withScreen(once);
    else if (around.now() - last >= TURN) return once();
    // Also where a page counts as visible and is not drawn.
    around.after(once, TURN);
  };
}

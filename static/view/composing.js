/**
 * Whether an Enter belongs to an input method, which takes it to accept what was composed, and not to the chat.
 *
 * Chromium and Firefox send the keydown while the composition lasts: `isComposing` says so, and its code is 229. Safari
 * ends the composition first; its keydown then says that nothing is being composed, mostly under code 229, but under 13
 * with some methods. Then only the order of events tells: in that browser a composition also *begins* before the
 * keydown that begins it. Where it begins after its key, an Enter that comes right behind the end is one of its own, of
 * somebody who accepted with the space bar and is quick.
 */

/** What a keydown of an input method says. */
const COMPOSING_KEY_CODE = 229;
/** The Enter that ended a composition follows it within that. Milliseconds; people need longer for another key. */
const SAME_MOMENT = 100;

/** @typedef {Pick<KeyboardEvent, 'isComposing' | 'keyCode' | 'timeStamp'>} Key */

/** @returns what to tell of the events of the box, and what to ask before Enter sends */
export function createComposing() {
  let wasComposingKey = false;
  let keyComesLate = false;
  /** When a composition ended, until the next key. @type {number | null} */
  let endedAt = null;

  return {
    started() {
      keyComesLate = !wasComposingKey;
      endedAt = null;
    },
    /** @param {Pick<Event, 'timeStamp'>} event */
    ended({ timeStamp }) {
      endedAt = timeStamp;
    },
    /** A key went up. */
    released() {
      wasComposingKey = false;
      endedAt = null;
    },
    /**
     * A key went down: whether it is the input method's.
     *
     * @param {Key} key
     */
    takes({ isComposing, keyCode, timeStamp }) {
      const justEnded = endedAt !== null && Math.abs(timeStamp - endedAt) < SAME_MOMENT;
      endedAt = null;
      wasComposingKey = keyCode === COMPOSING_KEY_CODE;
      return isComposing || wasComposingKey || (keyComesLate && justEnded);
    },
  };
}

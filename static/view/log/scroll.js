/**
 * Where the reader is. Whoever is at the end stays there; whoever is elsewhere has the same line before them, to the
 * pixel, whatever comes, goes or grows above it.
 *
 * The browser's own scroll anchoring is off: Safari has none, and none of them holds still at the very top, which is
 * just where older lines come in.
 */

/** A reader this close to the end is at the end. CSS pixels. */
const NEAR_END = 48;
/** Whoever moves up wants to leave the end, unless it is by a hair. */
const HAIR = 3;
/** This close to the beginning older lines are wanted: about a screen, so that they come before they are missed. */
const NEAR_START = 800;

/** What is put at the top keeps this distance to it. CSS pixels. */
const AIR = 16;

/** A row, by its key, since it may be drawn anew. @typedef {{ key: number, top: number }} Anchor */

/**
 * @param {object} around
 * @param {HTMLElement} around.scroller
 * @param {{ elements: () => HTMLElement[], row: (key: number) => HTMLElement | null }} around.chunks
 * @param {() => void} around.onMoved
 */
export function createScroll({ scroller, chunks, onMoved }) {
  let isFollowing = true;
  let lastTop = 0;
  /** @type {Anchor | null} */
  let anchor = null;

  scroller.addEventListener('scroll', () => {
    const top = scroller.scrollTop;
    const movedUp = top < lastTop;
    lastTop = top;
    isFollowing = toEnd() < (movedUp ? HAIR : NEAR_END);
    anchor = isFollowing ? null : findAnchor();
    onMoved();
  });
  // The window, the keyboard of a phone, a growing text box, a row that wraps: each moves the end.
  const observer = new ResizeObserver(settle);
  observer.observe(scroller);
  for (const child of scroller.children) observer.observe(child);

  function toEnd() {
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  }

  function settle() {
    if (isFollowing) jump(scroller.scrollHeight);
    else if (anchor) hold(anchor);
  }

  /** @param {number} top */
  function jump(top) {
    scroller.scrollTop = top;
    lastTop = scroller.scrollTop;
  }

  /** @param {Anchor} anchor */
  function hold({ key, top }) {
    const element = chunks.row(key);
    if (!element) return;
    const moved = topOf(element) - top;
    if (Math.abs(moved) >= 0.5) jump(scroller.scrollTop + moved);
  }

  /** @param {HTMLElement} element */
  function topOf(element) {
    return element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  }

  /**
   * The first row of which something is seen. Chunks out of sight are not looked into: that would lay them out.
   *
   * @returns {Anchor | null}
   */
  function findAnchor() {
    const edge = scroller.getBoundingClientRect().top;
    const chunk = firstBelow(chunks.elements(), edge);
    // The line where a day begins may go: it is no row.
    const rows = chunk && /** @type {HTMLElement[]} */ ([...chunk.querySelectorAll(':scope > [data-key]')]);
    const element = rows && firstBelow(rows, edge);
    return element ? { key: Number(element.dataset['key']), top: topOf(element) } : null;
  }

  /**
   * Changes what is in the scroller while what the reader sees stays in its place.
   *
   * @param {() => void} change
   */
  function keep(change) {
    // Where nobody has scrolled since, what was there before counts: by now the words may have another size.
    const isKnown = anchor !== null && scroller.scrollTop === lastTop;
    if (!isFollowing && !isKnown) anchor = findAnchor();
    change();
    settle();
  }

  /** Goes to the end, and stays there. */
  function follow() {
    isFollowing = true;
    anchor = null;
    jump(scroller.scrollHeight);
  }

  /**
   * Puts an element at the top, unless the end comes before that.
   *
   * @param {HTMLElement} element
   */
  function show(element) {
    jump(scroller.scrollTop + topOf(element) - AIR);
    isFollowing = toEnd() < NEAR_END;
    anchor = isFollowing ? null : findAnchor();
  }

  return {
    keep,
    follow,
    show,
    isAtEnd: () => isFollowing,
    isNearStart: () => scroller.scrollTop < NEAR_START,
    /** @param {HTMLElement} element */
    isAbove: (element) => topOf(element) < 0,
  };
}

/**
 * The first whose lower edge is below this one.
 *
 * @param {HTMLElement[]} elements one below the other
 * @param {number} edge
 */
function firstBelow(elements, edge) {
  let [from, to] = [0, elements.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((elements[middle]?.getBoundingClientRect().bottom ?? 0) > edge) to = middle;
    else from = middle + 1;
  }
  return elements[from] ?? null;
}

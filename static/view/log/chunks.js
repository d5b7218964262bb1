/**
 * Ten thousand rows that scroll as lightly as ten: they stand in the page in chunks, and a full chunk is skipped by the
 * browser while it is out of sight (`content-visibility`). Each was measured before it is skipped, so nothing moves
 * when it comes into sight. All rows stay where find-in-page, selection and screen readers reach them.
 *
 * A quiet chunk is read out to nobody: what was said before, and what is only drawn anew. A lively one is part of the
 * live region around it.
 */

/** So many entries fill a chunk. */
export const CHUNK_SIZE = 50;

/** @typedef {{ key: number, nodes: HTMLElement[] }} Row the entry's own element is the last of its nodes */
/** @typedef {{ element: HTMLElement, first: number, last: number, size: number, isQuiet: boolean }} Chunk */

/** @param {HTMLElement} log */
export function createChunks(log) {
  /** Oldest first. @type {Chunk[]} */
  let chunks = [];
  /** @type {Map<number, HTMLElement>} */
  const rows = new Map();

  /**
   * @param {Row[]} added oldest first
   * @param {boolean} isQuiet
   */
  function append(added, isQuiet) {
    const full = [];
    for (const row of added) {
      let chunk = chunks.at(-1);
      if (!chunk || chunk.size >= CHUNK_SIZE || chunk.isQuiet !== isQuiet) {
        if (chunk) full.push(chunk);
        chunk = newChunk(row.key, isQuiet);
        chunks.push(chunk);
        log.append(chunk.element);
      }
      put(chunk, row);
    }
    // The last one is always in sight of whoever follows.
    seal(full);
  }

  /** @param {Row[]} added oldest first */
  function prepend(added) {
    /** @type {Chunk[]} */
    const fresh = [];
    for (const row of added) {
      let chunk = fresh.at(-1);
      if (!chunk || chunk.size >= CHUNK_SIZE) fresh.push((chunk = newChunk(row.key, true)));
      put(chunk, row);
    }
    log.prepend(...fresh.map((chunk) => chunk.element));
    chunks = [...fresh, ...chunks];
    seal(fresh);
  }

  /**
   * @param {Chunk} chunk
   * @param {Row} row
   */
  function put(chunk, { key, nodes }) {
    chunk.element.append(...nodes);
    chunk.last = key;
    chunk.size += 1;
    const own = nodes.at(-1);
    if (!own) return;
    own.dataset['key'] = String(key);
    rows.set(key, own);
  }

  /**
   * Takes away what has gone, a whole chunk at a time: nothing else would keep its measure.
   *
   * @param {number} key of the first entry that is left
   */
  function dropBefore(key) {
    while (chunks[0] && chunks[0].last < key) {
      const { element, first, last } = chunks[0];
      for (let gone = first; gone <= last; gone += 1) rows.delete(gone);
      element.remove();
      chunks.shift();
    }
  }

  function clear() {
    log.replaceChildren();
    rows.clear();
    chunks = [];
  }

  return {
    append,
    prepend,
    dropBefore,
    clear,
    /** @param {number} key */
    row: (key) => rows.get(key) ?? null,
    /** The chunk elements, oldest first. */
    elements: () => chunks.map((chunk) => chunk.element),
    /** The keys of what is shown. */
    span() {
      const [first, last] = [chunks[0], chunks.at(-1)];
      return first && last ? { first: first.first, last: last.last } : null;
    },
  };
}

/**
 * @param {number} key
 * @param {boolean} isQuiet
 * @returns {Chunk}
 */
function newChunk(key, isQuiet) {
  const element = document.createElement('div');
  element.className = 'chunk';
  if (isQuiet) element.setAttribute('aria-live', 'off');
  return { element, first: key, last: key, size: 0, isQuiet };
}

/**
 * Nothing is written in between, so all of them cost one layout.
 *
 * @param {Chunk[]} full
 */
function seal(full) {
  const sizes = full.map(({ element }) => element.getBoundingClientRect().height);
  for (const [n, { element }] of full.entries()) {
    element.style.setProperty('contain-intrinsic-block-size', `auto ${sizes[n]}px`);
    element.classList.add('is-sealed');
  }
}

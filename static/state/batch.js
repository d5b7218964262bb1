/**
 * Cheap copies while many events are reduced in one go.
 *
 * A state is never changed, so whoever adds an entry copies the collection. In a burst that would be a copy of
 * thousands for each frame. A collection that the running batch has made itself was seen by nobody else yet: it may be
 * written in place. So there is one copy for each batch, and from outside all stays pure.
 */

/** What the running batch has made; `null` while none is running. @type {WeakSet<object> | null} */
let made = null;

/**
 * @template T
 * @param {() => T} run
 * @returns {T}
 */
export function inBatch(run) {
  made = new WeakSet();
  try {
    return run();
  } finally {
    made = null;
  }
}

/**
 * `list`, or a copy of it, that the caller may add to.
 *
 * @template T
 * @param {readonly T[]} list
 * @returns {T[]}
 */
export function writableList(list) {
  return writable(/** @type {T[]} */ (list), () => [...list]);
}

/**
 * @template K, V
 * @param {ReadonlyMap<K, V>} map
 * @returns {Map<K, V>}
 */
export function writableMap(map) {
  return writable(/** @type {Map<K, V>} */ (map), () => new Map(map));
}

/**
 * @template {object} T
 * @param {T} collection
 * @param {() => T} copy
 * @returns {T}
 */
function writable(collection, copy) {
  if (made?.has(collection)) return collection;
  const copied = copy();
  made?.add(copied);
  return copied;
}

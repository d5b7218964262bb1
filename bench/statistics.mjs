/** The little arithmetic that the tables need. */

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return NaN;
  if (sorted.length % 2 === 1) return /** @type {number} */ (sorted[middle]);
  return (/** @type {number} */ (sorted[middle - 1]) + /** @type {number} */ (sorted[middle])) / 2;
}

/** @typedef {{ slope: number, offset: number, straightness: number }} Line its straightness is R²: 1 if it meets all */

/**
 * The straight line through points by least squares, and how straight they are.
 *
 * @param {{ x: number, y: number }[]} points
 * @returns {Line}
 */
export function line(points) {
  const n = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / n;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / n;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const { x, y } of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  const slope = xy / xx;
  return { slope, offset: meanY - slope * meanX, straightness: yy === 0 ? 1 : xy ** 2 / (xx * yy) };
}

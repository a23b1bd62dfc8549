// Isolines of a grid by marching squares: pairs of points, in columns and rows, where the values cross a threshold.

// Corners of a cell: 1 upper left, 2 upper right, 4 lower right, 8 lower left. Edges: 0 top, 1 right, 2 bottom, 3 left.
const EDGES = [[], [3, 0], [0, 1], [3, 1], [1, 2], [3, 0, 1, 2], [0, 2], [3, 2], [2, 3], [2, 0], [0, 1, 2, 3], [2, 1], [1, 3], [1, 0], [0, 3], []];

/** Flat list x1, y1, x2, y2 of every segment where `values` (rows of `columns`) crosses `threshold`. */
export function isolines(values, columns, rows, threshold) {
  const found = [];
  for (let row = 0; row + 1 < rows; row += 1) {
    for (let column = 0; column + 1 < columns; column += 1) {
      const at = row * columns + column;
      const a = values[at];
      const b = values[at + 1];
      const c = values[at + columns + 1];
      const d = values[at + columns];
      const kind = (a >= threshold) | ((b >= threshold) << 1) | ((c >= threshold) << 2) | ((d >= threshold) << 3);
      if (kind === 0 || kind === 15) continue;
      const edges = EDGES[kind];
      for (let place = 0; place < edges.length; place += 1) {
        const edge = edges[place];
        if (edge === 0) found.push(column + (threshold - a) / (b - a), row);
        else if (edge === 1) found.push(column + 1, row + (threshold - b) / (c - b));
        else if (edge === 2) found.push(column + (threshold - d) / (c - d), row + 1);
        else found.push(column, row + (threshold - a) / (d - a));
      }
    }
  }
  return found;
}

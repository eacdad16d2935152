/** Maximum length of a compared text; a longer text is not a misspelled name. */
const MAX_LENGTH = 200;
/** Maximum number of names to compare with. */
const MAX_NAMES = 1_000;
/** Maximum number of errors in a long name; in a short name a third of its letters. */
const MAX_SLIPS = 3;

/**
 * Returns the known name that was probably meant: the name with the fewest errors, which are extra, missing, wrong or
 * swapped letters. Ignores case. Undefined if no name is similar.
 */
export function nearestName(written: string, known: Iterable<string>): string | undefined {
  if (written.length > MAX_LENGTH) return undefined;
  const wanted = written.toLowerCase();
  let best: { readonly name: string; readonly slips: number } | undefined;
  let left = MAX_NAMES;
  for (const name of known) {
    if (left === 0) break;
    left -= 1;
    const most = best ? best.slips - 1 : Math.min(MAX_SLIPS, Math.ceil(wanted.length / 3));
    const slips = slipsBetween(wanted, name.toLowerCase(), most);
    if (slips <= most) best = { name, slips };
    if (slips === 0) break;
  }
  return best?.name;
}

/**
 * Returns the known path that was probably meant: a similar path, else the only path with this name in another folder.
 */
export function nearestPath(written: string, known: readonly string[]): string | undefined {
  const name = lastName(written);
  const near = nearestName(written, known);
  const elsewhere = known.filter((path) => lastName(path) === name);
  return near ?? (elsewhere.length === 1 ? elsewhere[0] : undefined);
}

const lastName = (path: string): string => path.replace(/\/$/, '').split('/').at(-1) ?? '';

/** Returns `; did you mean 'name'?`, or an empty text without a name. */
export const didYouMean = (name: string | undefined): string =>
  name === undefined ? '' : `; did you mean '${name}'?`;

/**
 * Returns the optimal string alignment distance, or more than `most` if it is larger (Boytsov 2011, "Indexing methods
 * for approximate dictionary searching", section 2.1). Only cells of the table within that distance of its diagonal
 * can have a smaller value.
 */
function slipsBetween(a: string, b: string, most: number): number {
  const tooMany = most + 1;
  if (most < 0 || b.length > MAX_LENGTH || Math.abs(a.length - b.length) > most) return tooMany;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = new Array<number>(b.length + 1).fill(tooMany);
    if (i <= most) next[0] = i;
    let least = at(next, 0);
    for (let j = Math.max(1, i - most); j <= Math.min(b.length, i + most); j += 1) {
      const changed = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? at(before, j - 2) + 1 : tooMany;
      const slips = Math.min(changed, swapped, at(row, j) + 1, at(next, j - 1) + 1, tooMany);
      next[j] = slips;
      least = Math.min(least, slips);
    }
    if (least > most) return tooMany;
    before = row;
    row = next;
  }
  return at(row, b.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;

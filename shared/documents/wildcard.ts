/** File name patterns of `!include`: `*`, `?`, `[…]` inside a path segment and `**` for any folders. */

/** One item of a pattern: `any` matches any run of characters (or segments), a test matches exactly one. */
type Item<T> = 'any' | ((candidate: T) => boolean);

/**
 * Whether the items match all candidates. Backtracks only to the last `any`, which is sufficient for patterns without
 * alternatives and limits the time to length × length.
 */
function matchItems<T>(items: readonly Item<T>[], candidates: readonly T[]): boolean {
  let item = 0;
  let at = 0;
  let retry: { item: number; at: number } | undefined;
  while (at < candidates.length) {
    const current = items[item];
    const candidate = candidates[at];
    if (current === 'any') {
      retry = { item, at };
      item += 1;
    } else if (current !== undefined && candidate !== undefined && current(candidate)) {
      item += 1;
      at += 1;
    } else if (retry !== undefined) {
      retry.at += 1;
      at = retry.at;
      item = retry.item + 1;
    } else {
      return false;
    }
  }
  return items.slice(item).every((rest) => rest === 'any');
}

function characterSet(body: string): (character: string) => boolean {
  const negated = body.startsWith('!');
  const characters = Array.from(negated ? body.slice(1) : body);
  const ranges: [string, string][] = [];
  for (let i = 0; i < characters.length; i += 1) {
    const first = characters[i] ?? '';
    const last = characters[i + 2];
    const isRange = characters[i + 1] === '-' && last !== undefined;
    ranges.push([first, isRange ? last : first]);
    if (isRange) i += 2;
  }
  return (character) => ranges.some(([first, last]) => first <= character && character <= last) !== negated;
}

function segmentItems(pattern: string): Item<string>[] {
  const items: Item<string>[] = [];
  for (let i = 0; i < pattern.length; i += 1) {
    const character = pattern.charAt(i);
    // A `]` right after `[` or `[!` belongs to the set.
    const close = character === '[' ? pattern.indexOf(']', i + (pattern.charAt(i + 1) === '!' ? 3 : 2)) : -1;
    if (character === '*') items.push('any');
    else if (character === '?') items.push(() => true);
    else if (close !== -1) {
      items.push(characterSet(pattern.slice(i + 1, close)));
      i = close;
    } else items.push((candidate) => candidate === character);
  }
  return items;
}

/** Whether the text contains a wildcard character. */
export function hasWildcard(text: string): boolean {
  return /[*?[]/.test(text);
}

/**
 * Returns a test for relative paths. `**` matches any number of folders. Names that start with a dot match only if the
 * pattern contains the dot, as in Python's `glob`.
 */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const segments = pattern.split('/');
  const items = segments.map((segment): Item<string> => {
    if (segment === '**') return 'any';
    const parts = segmentItems(segment);
    const allowsHidden = segment.startsWith('.');
    return (name) => (allowsHidden || !name.startsWith('.')) && matchItems(parts, name.split(''));
  });
  const namesHidden = segments.some((segment) => segment.startsWith('.'));
  return (path) => {
    const names = path.split('/');
    return (namesHidden || !names.some((name) => name.startsWith('.'))) && matchItems(items, names);
  };
}

/** Maximum number of links for one path, as in the Linux kernel (path_resolution(7)). */
const MAX_HOPS = 40;

/** A link. Its target is relative to the link's folder, or to the root, and undefined if it leads outside. */
export interface LinkFound {
  readonly target: string | undefined;
  readonly fromRoot: boolean;
}

/**
 * Resolves the links of a path one by one, because names alone mislead: `a/link/..` is not `a` if `link` points to
 * another folder. Missing components count as plain names.
 *
 * Yields each path that may be a link, and receives the link at this path, or undefined. Trees on a disk and in a list
 * are followed by the same rule.
 *
 * @returns the resolved path, relative to the root and '' for the root itself; undefined if it is outside, or the
 *   links form a cycle
 */
export function* followLinks(path: string): Generator<string, string | undefined, LinkFound | undefined> {
  const pending = path.split('/').reverse();
  const done: string[] = [];
  for (let hops = 0; pending.length > 0; ) {
    const name = pending.pop() ?? '';
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (done.pop() === undefined) return undefined;
      continue;
    }
    const link = yield [...done, name].join('/');
    if (link === undefined) {
      done.push(name);
      continue;
    }
    hops += 1;
    if (link.target === undefined || hops > MAX_HOPS) return undefined;
    if (link.fromRoot) done.length = 0;
    pending.push(...link.target.split('/').reverse());
  }
  return done.join('/');
}

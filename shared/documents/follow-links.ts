/** Maximum number of links for one path, as in the Linux kernel (path_resolution(7)). */
const MAX_HOPS = 40;
/** Maximum number of names for one path, with those of all targets. Bounds the time for trees with many links. */
const MAX_NAMES = 512;

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
 * @returns the resolved path, relative to the root and '' for the root itself; undefined if it is outside, the links
 *   form a cycle, or their targets are too long
 */
export function* followLinks(path: string): Generator<string, string | undefined, LinkFound | undefined> {
  const pending = path.split('/').reverse();
  const done: string[] = [];
  let names = pending.length;
  for (let hops = 0; pending.length > 0; ) {
    if (names > MAX_NAMES) return undefined;
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
    const target = link.target.split('/').reverse();
    names += target.length;
    pending.push(...target);
  }
  return done.join('/');
}

/** Links followed for one path, as the Linux kernel does (path_resolution(7)). */
const MAX_HOPS = 40;

/** A link. Its target is relative to the link's folder, or to the root, and undefined where it leads outside. */
export interface LinkFound {
  readonly target: string | undefined;
  readonly fromRoot: boolean;
}

/**
 * Follows the links on the way of a path, one by one because names alone mislead: `a/link/..` is not `a` when `link`
 * points to another folder. Absent components count as plain names.
 *
 * Yields each path at which a link may be, and is told the link there, or undefined; so that trees on a disk and in a
 * list are followed by the same rule.
 *
 * @returns where the path leads, relative to the root and '' for the root itself; undefined when that is outside, or the
 *   links go round in circles
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

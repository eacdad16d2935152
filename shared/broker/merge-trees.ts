import { hasWildcard } from '../documents/wildcard.ts';
import { fixedPart, overlapFixed } from '../engine/waves.ts';
import type { TreeEntry } from '../staging/protocol.ts';

/** What a step of a wave left, with what it declares that it reads and writes. */
export interface MemberTree {
  readonly name: string;
  readonly declared: readonly string[];
  readonly entries: readonly TreeEntry[];
}

/** Why the trees of a wave cannot be merged. */
export interface MergeConflict {
  readonly path: string;
  /** Names of the two steps. */
  readonly steps: readonly [string, string];
  /** `content`: both left something else there. `declared`: the first one changed what the second one declares. */
  readonly kind: 'content' | 'declared';
}

/** A file or a link; undefined where there is none. */
type Content = Exclude<TreeEntry, { readonly type: 'folder' }> | undefined;

/**
 * Merges what the steps of a wave left: the tree that all of them started from, with the changes of each. Without
 * conflicts the result is what the steps would have left one after the other, as none of them saw what another changed.
 *
 * A change is a conflict if another step left something else at the path, declares the path, or left a file where the
 * change needs a folder. The lists come from tasks in which a participant's program may run: the time depends neither on
 * the number of folders above a path, nor on the square of the number of paths.
 *
 * @param base the tree that the steps started from, without private files, which no step passes on
 * @param members in the order of the template
 */
export function mergeTrees(
  base: readonly TreeEntry[],
  members: readonly MemberTree[],
): { readonly entries: TreeEntry[] } | { readonly conflict: MergeConflict } {
  const before = contents(base);
  const declarations = members.map(declaring);
  const merged = new Map(before);
  const changes = new Map<string, { readonly by: MemberTree; readonly entry: Content }>();
  for (const member of members) {
    const left = contents(member.entries);
    for (const path of new Set([...before.keys(), ...left.keys()])) {
      const entry = left.get(path);
      if (isSame(before.get(path), entry)) continue;
      const owner = hasSameContent(before.get(path), entry) ? undefined : ownerOf(path, member, declarations);
      if (owner) return conflict('declared', path, member, owner);
      const earlier = changes.get(path);
      if (earlier && !hasSameContent(earlier.entry, entry)) {
        return conflict('content', path, earlier.by, member);
      }
      changes.set(path, { by: member, entry });
      if (entry) merged.set(path, entry);
      else merged.delete(path);
    }
  }
  const order = folderOrder(merged.keys());
  for (const [position, path] of order.paths.entries()) {
    const above = order.paths[position - 1];
    if (above === undefined || !isBelow(path, above)) continue;
    const [one, other] = [changes.get(above)?.by, changes.get(path)?.by];
    const [first = other, second = one] = [one, other];
    if (first && second) return conflict('content', above, first, second);
  }
  return { entries: sorted([...merged.values(), ...folders(base, members, order)]) };
}

const conflict = (kind: MergeConflict['kind'], path: string, one: MemberTree, other: MemberTree) => ({
  conflict: { kind, path, steps: [one.name, other.name] as const },
});

/** The other step that declares a path. A declared path with a wildcard stands for the folder above it. */
function ownerOf(path: string, member: MemberTree, members: readonly DeclaringTree[]) {
  const fixed = hasWildcard(path) ? fixedPart(path) : path;
  return members.find(
    (other) =>
      other.tree !== member &&
      other.declared.some((one) => overlapFixed(one.fixed, fixed) && !one.path.startsWith(`${path}/`)),
  )?.tree;
}

/** A step with the fixed parts of what it declares. */
const declaring = (tree: MemberTree) => ({
  tree,
  declared: tree.declared.map((path) => ({ path, fixed: fixedPart(path) })),
});
type DeclaringTree = ReturnType<typeof declaring>;

const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

/** Paths in an order in which everything below a path directly follows it. */
function folderOrder(paths: Iterable<string>) {
  // No path contains this character, which comes before all others.
  const keyOf = (path: string) => path.replaceAll('/', '\0');
  const keys = [...paths].map(keyOf).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const sortedPaths = keys.map((key) => key.replaceAll('\0', '/'));
  return {
    paths: sortedPaths,
    /** The last path before a given one, or the same, and the next one. */
    around(path: string): readonly [string | undefined, string | undefined] {
      const key = keyOf(path);
      let [low, high] = [0, keys.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((keys[middle] ?? '') <= key) low = middle + 1;
        else high = middle;
      }
      return [sortedPaths[low - 1], sortedPaths[low]];
    },
  };
}

function contents(entries: readonly TreeEntry[]): Map<string, Exclude<Content, undefined>> {
  return new Map(entries.flatMap((entry) => (entry.type === 'folder' ? [] : [[entry.path, entry] as const])));
}

function hasSameContent(a: Content, b: Content): boolean {
  if (a?.type === 'file') return b?.type === 'file' && a.sha256 === b.sha256;
  return a?.type === b?.type && a?.target === b?.target;
}

const modeOf = (entry: Content) => (entry?.type === 'file' ? entry.mode : undefined);
const isSame = (a: Content, b: Content) => hasSameContent(a, b) && modeOf(a) === modeOf(b);

/**
 * The empty folders that a step left and none of them removed.
 *
 * @param order of the merged files and links, none of which is below another one
 */
function folders(
  base: readonly TreeEntry[],
  members: readonly MemberTree[],
  order: ReturnType<typeof folderOrder>,
): TreeEntry[] {
  const foldersOf = (entries: readonly TreeEntry[]) =>
    new Set(entries.flatMap(({ type, path }) => (type === 'folder' ? [path] : [])));
  const known = foldersOf(base);
  const left = members.map(({ entries }) => foldersOf(entries));
  const stays = (path: string) => left.every((one) => one.has(path)) || !known.has(path);
  const isFree = (path: string) => {
    const [before, after] = order.around(path);
    const isTaken = before !== undefined && (before === path || isBelow(path, before));
    return !isTaken && !(after !== undefined && isBelow(after, path));
  };
  const all = new Set(left.flatMap((one) => [...one]));
  return [...all].filter((path) => stays(path) && isFree(path)).map((path) => ({ type: 'folder', path }));
}

const sorted = (entries: readonly TreeEntry[]): TreeEntry[] =>
  [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));

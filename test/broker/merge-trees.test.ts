import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MemberTree, mergeTrees } from '../../shared/broker/merge-trees.ts';
import type { TreeEntry } from '../../shared/staging/protocol.ts';

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
const file = (path: string, content = path, mode = 0o644): TreeEntry => {
  const sha256 = digestOf(content);
  return {
    type: 'file',
    path,
    mode,
    size: 1,
    sha256,
    source: { kind: 'tree', id: sha256 },
    protected: false,
  };
};
const link = (path: string, target: string): TreeEntry => ({ type: 'link', path, target });
const folder = (path: string): TreeEntry => ({ type: 'folder', path });
const left = (name: string, entries: readonly TreeEntry[], declared: readonly string[] = []): MemberTree => ({
  name,
  declared,
  entries,
});
const entriesOf = (base: readonly TreeEntry[], ...members: readonly MemberTree[]) => {
  const merging = mergeTrees(base, members);
  return 'entries' in merging ? merging.entries : merging.conflict;
};

const BASE_FILE = file('in');
const BASE = [BASE_FILE];

describe('merged trees', () => {
  it('are made in linear time, whatever paths a task claims', () => {
    const deep = (name: string) =>
      left(
        name,
        Array.from({ length: 5_000 }, (_, i) => {
          const path = `${name}${i}/${'a/'.repeat(430)}x`;
          return i % 2 === 0 ? { ...BASE_FILE, path } : folder(path);
        }),
        [`${name}/`],
      );
    const members = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map(deep);
    expect(entriesOf([], ...members)).toHaveLength(50_000);
  }, 30_000);

  it('have the changes of all steps: new, changed and removed files', () => {
    const base = [file('a'), file('b'), file('c'), file('d/x')];
    expect(
      entriesOf(
        base,
        left('one', [file('a', 'new'), file('b'), file('c'), file('d/x'), link('l', 'a')]),
        left('two', [file('a'), file('c'), file('d/x'), file('d/y', 'y', 0o755)]),
      ),
    ).toEqual([file('a', 'new'), file('c'), file('d/x'), file('d/y', 'y', 0o755), link('l', 'a')]);
  });

  it('take the same change of two steps once', () => {
    const same = [...BASE, file('lock', '')];
    expect(entriesOf(BASE, left('one', same), left('two', same))).toEqual(same);
    expect(entriesOf(BASE, left('one', []), left('two', []))).toEqual([]);
  });

  it('keep empty folders that none removed, and that are empty still', () => {
    const base = [folder('gone'), folder('stays')];
    expect(
      entriesOf(
        base,
        left('one', [folder('stays'), folder('new'), folder('out')]),
        left('two', [folder('gone'), folder('stays'), file('out/a')]),
      ),
    ).toEqual([folder('new'), file('out/a'), folder('stays')]);
  });

  it.each<[string, readonly TreeEntry[], readonly TreeEntry[], string]>([
    ['both add a file with different content', [file('x', '1')], [file('x', '2')], 'x'],
    ['one changes what the other removes', [file('in', 'new')], [], 'in'],
    ['one makes a link where the other makes a file', [...BASE, link('x', 'in')], [...BASE, file('x')], 'x'],
    ['their links lead elsewhere', [...BASE, link('x', 'in')], [...BASE, link('x', 'y')], 'x'],
    ['one makes a file where the other makes a folder', [...BASE, file('x')], [...BASE, file('x/y/z')], 'x'],
    ['one makes a link above a file of the other', [...BASE, link('x', 'in')], [...BASE, file('x/y')], 'x'],
  ])('conflict if %s', (_what, one, other, path) => {
    const conflict = { kind: 'content', path, steps: ['one', 'two'] };
    expect(entriesOf(BASE, left('one', one), left('two', other))).toEqual(conflict);
  });

  it.each<[string, readonly TreeEntry[]]>([
    ['adds a file there', [...BASE, file('data/x')]],
    ['removes a file there', []],
    ['changes a file there', [file('in', 'new')]],
  ])('conflict if a step that %s does not declare it, but the other does', (_what, entries) => {
    for (const members of [
      [left('one', entries), left('two', BASE, ['data/', 'in'])],
      [left('two', BASE, ['data/', 'in']), left('one', entries)],
    ]) {
      expect(entriesOf(BASE, ...members)).toMatchObject({ kind: 'declared', steps: ['one', 'two'] });
    }
  });

  it('allow a step what it declares itself, and what nobody declares', () => {
    const entries = [file('data/x'), ...BASE, file('y')];
    expect(entriesOf(BASE, left('one', entries, ['data/']), left('two', BASE, ['other', 'data2']))).toEqual(
      entries,
    );
  });

  it('conflict by the changes of a mode only where the content differs', () => {
    const executable = left('one', [file('in', 'in', 0o755)]);
    expect(entriesOf(BASE, executable, left('two', BASE, ['in']))).toEqual([file('in', 'in', 0o755)]);
    expect(entriesOf(BASE, executable, left('two', [file('in', 'new')]))).toMatchObject({ kind: 'content' });
  });

  it('survive any entries of a hostile task', () => {
    const name = fc.constantFrom('a', 'b', 'a/b', 'a/b/c', '__proto__', 'constructor/x');
    const entry = fc.oneof(
      name.map((path) => file(path)),
      fc.tuple(name, fc.constantFrom('1', '2')).map(([path, text]) => file(path, text)),
      fc.tuple(name, name).map(([path, target]) => link(path, target)),
      name.map(folder),
    );
    const entries = fc.array(entry, { maxLength: 6 });
    const check = (base: TreeEntry[], one: TreeEntry[], two: TreeEntry[]) => {
      const merging = mergeTrees(base, [left('one', one, ['b']), left('two', two, ['a'])]);
      if ('conflict' in merging) return;
      const paths = merging.entries.map(({ path }) => path);
      expect(paths).toEqual([...new Set(paths)].sort());
      const solid = merging.entries.filter(({ type }) => type !== 'folder').map(({ path }) => path);
      for (const path of solid) {
        expect(paths.filter((other) => other.startsWith(`${path}/`))).toEqual([]);
      }
    };
    fc.assert(fc.property(entries, entries, entries, check), { numRuns: 500 });
  });
});

/** A program: reads files, and writes or removes others; what it writes depends on what it reads. */
interface Program {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly removes: readonly string[];
  /** Written without a declaration. */
  readonly others: readonly string[];
}

const PATHS = ['a', 'b', 'c', 'd/a', 'd/b', 'd/c'];
type Tree = ReadonlyMap<string, string>;

function execute(name: number, { reads, writes, removes, others }: Program, before: Tree): Tree {
  const seen = digestOf(JSON.stringify([name, reads.map((path) => before.get(path) ?? null)]));
  const after = new Map(before);
  for (const path of removes) after.delete(path);
  for (const path of [...writes, ...others]) after.set(path, seen);
  return after;
}

const treeEntries = (tree: Tree): TreeEntry[] => [...tree].map(([path, text]) => file(path, text));
const contentOf = (entries: readonly TreeEntry[]) =>
  new Map(entries.flatMap((entry) => (entry.type === 'file' ? [[entry.path, entry.sha256] as const] : [])));

describe('a wave without conflict', () => {
  it('leaves what its steps leave one after the other', () => {
    const some = fc.subarray(PATHS, { maxLength: 3 });
    const program = fc.record({
      reads: some,
      writes: some,
      removes: some,
      others: fc.subarray(PATHS, { maxLength: 1 }),
    });
    let merges = 0;
    const check = (initial: string[], programs: Program[]) => {
      const base: Tree = new Map(initial.map((path) => [path, `initial ${path}`]));
      // What a program removes is a change of what it declares; what is not there, it cannot remove.
      const declared = programs.map((one) => ({
        ...one,
        removes: one.removes.filter((path) => one.writes.includes(path)),
      }));
      const members = declared.map((one, index) =>
        left(`${index}`, treeEntries(execute(index, one, base)), [...one.reads, ...one.writes]),
      );
      const merging = mergeTrees(treeEntries(base), members);
      if ('conflict' in merging) return;
      merges += 1;
      const serial = declared.reduce<Tree>((tree, one, index) => execute(index, one, tree), base);
      expect(contentOf(merging.entries)).toEqual(contentOf(treeEntries(serial)));
    };
    fc.assert(fc.property(fc.subarray(PATHS), fc.array(program, { minLength: 2, maxLength: 3 }), check), {
      numRuns: 3000,
    });
    expect(merges).toBeGreaterThan(100);
  });
});

import { describe, expect, it } from 'vitest';
import { handedOn, handOverAfter, participantsSteps } from '../../shared/broker/handed-on.ts';
import {
  firstTree,
  foldersOf,
  neighbours,
  nextTree,
  shownTree,
  withoutIntruders,
  withoutLinks,
} from '../../shared/broker/tree.ts';
import type { RunDocument, RunInput } from '../../shared/runs/documents/plan.ts';
import type { TreeEntry } from '../../shared/staging/protocol.ts';
import type { FileAccess } from '../../shared/template/file-access.ts';
import type { StaticFile } from '../../shared/workflows/version.ts';
import { plannedStep } from '../engine/planned-step.ts';

const digest = (letter: string) => letter.repeat(64);
const staticFile = (path: string, mode = 0o644, access: FileAccess = 'steps'): StaticFile => ({
  path,
  mode,
  size: 1,
  sha256: digest('a'),
  access,
});
const input = (path: string, declared = false): RunInput => ({
  path,
  object: 'key',
  size: 2,
  sha256: digest('b'),
  declared,
});
const step = (index: number, skipped = false) =>
  plannedStep(index, { name: `${index}`, skipped, outputs: ['plots/a.png', 'tables/'] });
const document = (
  more: Partial<RunDocument> = {},
  copies: RunDocument['plan']['copies'] = [],
): RunDocument => ({
  plan: { v: 1, steps: [step(0)], uploads: [], copies, outputs: ['out/x.txt'], resultFile: 'result.json' },
  inputs: [],
  released: [],
  closed: [],
  declared: [],
  privateFiles: false,
  ...more,
});
const file = (entries: readonly TreeEntry[], path: string) => {
  const found = entries.find((entry) => entry.path === path);
  return found?.type === 'file' ? found : undefined;
};

describe('firstTree', () => {
  it('contains protected static files and unprotected inputs', () => {
    const tree = firstTree(
      [staticFile('code/run.sh', 0o755)],
      document({ inputs: [input('data/in.txt')] }),
      false,
    );
    expect(tree.map(({ path }) => path)).toEqual(['code/run.sh', 'data/in.txt']);
    expect(file(tree, 'code/run.sh')).toMatchObject({ mode: 0o755, protected: true });
    expect(file(tree, 'data/in.txt')).toMatchObject({
      protected: false,
      source: { kind: 'input', id: 'i0' },
    });
  });

  it('does not protect files that the template releases', () => {
    const files = [staticFile('a'), staticFile('b')];
    const tree = firstTree(files, document({ released: ['b'] }), false);
    expect([file(tree, 'a')?.protected, file(tree, 'b')?.protected]).toEqual([true, false]);
  });

  it('replaces a static file by an input only where the parameter declares the path', () => {
    const files = [staticFile('a'), staticFile('b')];
    const tree = firstTree(files, document({ inputs: [input('a'), input('b', true)] }), false);
    expect(file(tree, 'a')?.source).toEqual({ kind: 'input', id: 's0' });
    expect(file(tree, 'b')?.source).toEqual({ kind: 'input', id: 'i1' });
  });

  it('copies static files to the paths of default values', () => {
    const tree = firstTree(
      [staticFile('data/a.txt')],
      document({}, [{ source: 'data/a.txt', target: 'in.txt' }]),
      false,
    );
    expect(file(tree, 'in.txt')).toMatchObject({ source: { kind: 'input', id: 's0' }, protected: false });
  });
});

describe('nextTree', () => {
  it('contains what the previous step left, with the protected files as installed', () => {
    const first = firstTree([staticFile('code/score.py')], document(), false);
    const forged: TreeEntry = {
      type: 'file',
      path: 'code/score.py',
      mode: 0o644,
      size: 9,
      sha256: digest('f'),
      source: { kind: 'tree', id: digest('f') },
      protected: false,
    };
    const manifest: TreeEntry[] = [forged, { ...forged, path: 'own.txt' }, { type: 'folder', path: 'empty' }];
    const tree = nextTree(manifest, first);
    expect(file(tree, 'code/score.py')).toEqual(file(first, 'code/score.py'));
    expect(tree.map(({ path }) => path)).toEqual(['code/score.py', 'empty', 'own.txt']);
    expect(nextTree([], first)).toEqual(first);
  });
});

describe('handedOn', () => {
  const left = (path: string, isProtected = false): TreeEntry => ({
    type: 'file',
    path,
    mode: 0o644,
    size: 9,
    sha256: digest('f'),
    source: { kind: 'tree', id: digest('f') },
    protected: isProtected,
  });
  const link = (path: string, target: string): TreeEntry => ({ type: 'link', path, target });
  const paths = (entries: readonly TreeEntry[]) => entries.map(({ path }) => path);
  const first = firstTree(
    [staticFile('code/score.py')],
    document({ inputs: [input('code/given.py', true)] }),
    false,
  );
  const rules = { closed: ['code'], declared: ['code/out.txt'], others: ['made/'] };

  it("passes on all files of an organiser's step except undeclared ones beside static files", () => {
    const tree = ['code/given.py', 'code/json.py', 'code/out.txt', 'code/score.py', 'own/x'].map((path) =>
      left(path),
    );
    expect(paths(handedOn(tree, first, first, { ...rules, leaves: null }))).toEqual([
      ...['code/given.py', 'code/out.txt', 'code/score.py', 'own/x'],
    ]);
  });

  it("keeps outputs of the organiser's steps unchanged, whatever step comes next", () => {
    const old = { ...left('made/score'), mode: 0o600 };
    const handOn = (leaves: readonly string[] | null) =>
      handedOn([left('made/score'), left('own')], [...first, old], first, { ...rules, leaves });
    expect(handOn(null)).toEqual([old, left('own')]);
    expect(handOn(['made/', 'own'])).toEqual([...first, old, left('own')]);
  });

  it("adds only declared files of a participant's steps to the tree before them", () => {
    const before = [...first, left('own/kept'), left('work/old'), link('own/link', 'kept')];
    const after = [
      ...[
        left('own/kept'),
        left('own/new'),
        left('code/given.py'),
        left('work/new', true),
        left('code/out.txt'),
      ],
      ...[link('work/inside', 'new'), link('work/code', '../code'), link('own/link', '../code')],
    ];
    const tree = handedOn(after, before, first, { ...rules, leaves: ['work/', 'code/out.txt'] });
    expect(paths(tree).sort()).toEqual([
      ...[
        'code/given.py',
        'code/out.txt',
        'code/score.py',
        'own/kept',
        'own/link',
        'work/inside',
        'work/new',
      ],
    ]);
    expect(file(tree, 'code/given.py')).toEqual(file(first, 'code/given.py'));
    expect(file(tree, 'work/new')?.protected).toBe(false);
    expect(tree.find(({ path }) => path === 'own/link')).toEqual(link('own/link', 'kept'));
  });
});

describe('handOverAfter', () => {
  const own = (index: number, leaves: readonly string[]) => ({ ...step(index), leaves });
  const steps = [step(0), own(1, ['a']), { ...own(2, ['b']), skipped: true }, own(3, ['c/']), step(4)];
  const rules = { plan: { ...document().plan, steps }, closed: ['code'], declared: [] };
  const after = (index: number) => handOverAfter(rules, steps[index] ?? step(9));

  it('restricts to declared files only from a participant to the organiser', () => {
    const rulesAfter = [0, 1, 3].map(after).map(({ leaves, closed }) => [leaves, ...closed]);
    expect(rulesAfter).toEqual([[null, 'code'], [null], [['a', 'c/'], 'code']]);
    const begun = (at: number) => participantsSteps(steps, steps[at] ?? step(9)).map(({ index }) => index);
    expect([begun(0), begun(1), begun(3)]).toEqual([[], [1], [1, 3]]);
  });
});

const paths = (entries: readonly TreeEntry[]) => entries.map(({ path }) => path);
const left = (path: string, letter = 'c'): TreeEntry => ({
  type: 'file',
  path,
  mode: 0o644,
  size: 3,
  sha256: digest(letter),
  source: { kind: 'tree', id: digest(letter) },
  protected: false,
});
const link = (path: string, target: string): TreeEntry => ({ type: 'link', path, target });

describe('private static files', () => {
  const files = [staticFile('code/score.py'), staticFile('truth/labels.csv', 0o644, 'private')];

  it('are only in the tree of steps that get them, and are protected whatever the template releases', () => {
    const released = document({ released: ['truth/labels.csv'] });
    expect(paths(firstTree(files, released, false))).toEqual(['code/score.py']);
    const tree = firstTree(files, released, true);
    expect(file(tree, 'truth/labels.csv')).toMatchObject({ private: true, protected: true });
  });

  it('are not copied for other steps, and stay private as copies', () => {
    const copying = document({}, [{ source: 'truth/labels.csv', target: 'in.csv' }]);
    expect(paths(firstTree(files, copying, false))).toEqual(['code/score.py']);
    expect(file(firstTree(files, copying, true), 'in.csv')).toMatchObject({ private: true });
  });

  it('replace whatever a step without them left at their paths', () => {
    const first = firstTree(files, document(), true);
    for (const obstacle of ['truth', 'truth/labels.csv', 'truth/labels.csv/below']) {
      const tree = nextTree([left(obstacle), left('own.txt')], first);
      expect(paths(tree)).toEqual(['code/score.py', 'own.txt', 'truth/labels.csv']);
      expect(file(tree, 'truth/labels.csv')).toMatchObject({ private: true });
    }
  });

  it('have no undeclared files beside them', () => {
    const tree = [left('truth/json.py'), left('truth/out.csv'), left('truth/a/b'), left('work/x')];
    expect(paths(withoutIntruders(tree, files, ['truth/out.csv']))).toEqual(['truth/out.csv', 'work/x']);
  });
});

describe('withoutLinks', () => {
  it('replaces links to files by copies, and drops links that lead to no file', () => {
    const tree = withoutLinks([
      left('work/a.txt'),
      link('latest', 'work/a.txt'),
      link('work/again', '../latest'),
      link('guess', 'truth/labels.csv'),
      link('folder', 'work'),
      link('round', 'round'),
      link('out', '../../etc/passwd'),
    ]);
    expect(paths(tree)).toEqual(['work/a.txt', 'latest', 'work/again']);
    expect(tree.map(({ type }) => type)).toEqual(['file', 'file', 'file']);
  });
});

describe('shownTree', () => {
  it('contains the tree before the private step and only the declared outputs of that step', () => {
    const earlier = [left('own.txt'), left('work/old.txt'), left('results/a.txt')];
    const after = [
      left('own.txt', 'd'),
      left('work/sorted-truth.txt', 'd'),
      left('results/a.txt', 'd'),
      left('results/b.txt', 'd'),
    ];
    const tree = shownTree(after, earlier, ['results/']);
    expect(paths(tree)).toEqual(['own.txt', 'results/a.txt', 'results/b.txt', 'work/old.txt']);
    expect(tree.map((entry) => file([entry], entry.path)?.sha256.slice(0, 1))).toEqual(['c', 'd', 'd', 'c']);
  });

  it('does not reveal which links were removed because they lead to a private file', () => {
    const earlier = [link('guess', 'truth/labels.csv'), link('results/guess', '../truth/labels.csv')];
    expect(paths(shownTree([left('results/b.txt')], earlier, ['results/']))).toEqual([
      'guess',
      'results/b.txt',
      'results/guess',
    ]);
  });

  it('replaces a link or a folder by an output', () => {
    const earlier = [link('results/a', 'b'), left('results/c/d')];
    const tree = shownTree([left('results/a/x'), left('results/c')], earlier, ['results/']);
    expect(paths(tree)).toEqual(['results/a/x', 'results/c']);
  });
});

describe('foldersOf', () => {
  it('returns the parents of outputs, and the outputs that are folders', () => {
    expect(foldersOf(document().plan, step(0))).toEqual(['out', 'plots', 'tables']);
  });
});

describe('neighbours', () => {
  it('ignores skipped steps', () => {
    const steps = [step(0), step(1, true), step(2), step(3, true)];
    expect(neighbours(steps, step(2))).toEqual({ before: steps[0], isLast: true });
    expect(neighbours(steps, step(0))).toEqual({ before: undefined, isLast: false });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepView } from '../../shared/broker/inputs.ts';
import type { StepRun } from '../../shared/broker/session.ts';
import { differenceOf, keyOfParts, seenParts } from '../../shared/reuse/seen-parts.ts';
import type { TreeEntry } from '../../shared/staging/protocol.ts';
import { facts, plannedStep, runDocument, sha256Of } from '../provenance/run-facts.ts';

const contents = fc.constantFrom('', 'a', 'b', 'content');
const paths = fc.constantFrom('a', 'b/c', 'b/d', 'é', 'data/in.txt', '__proto__');
const words = fc.constantFrom('', 'x', 'a b', '__proto__', 'ü', '0');

const file = fc.record({
  path: paths,
  content: contents,
  mode: fc.constantFrom(0o644, 0o755),
  protected: fc.boolean(),
});
const entries = fc.oneof(
  file.map(({ content, ...rest }): TreeEntry => {
    const sha256 = sha256Of(content);
    return { type: 'file', ...rest, size: content.length, sha256, source: { kind: 'tree', id: sha256 } };
  }),
  fc.record({ path: paths, target: words }).map((link): TreeEntry => ({ type: 'link', ...link })),
  paths.map((path): TreeEntry => ({ type: 'folder', path })),
);
const views: fc.Arbitrary<StepView> = fc.record({
  script: words,
  control: fc.dictionary(words, words),
  folders: fc.uniqueArray(paths),
  tree: fc.uniqueArray(entries, { selector: ({ path }) => path, maxLength: 4 }),
  keep: fc.record({
    outputs: fc.array(words, { maxLength: 2 }),
    resultFile: fc.option(words),
    tree: fc.boolean(),
    archive: fc.boolean(),
    handOver: fc.record({
      closed: fc.array(words, { maxLength: 2 }),
      declared: fc.array(words, { maxLength: 2 }),
      leaves: fc.option(fc.array(words, { maxLength: 2 })),
      others: fc.array(words, { maxLength: 2 }),
    }),
  }),
});
const surroundings = fc.record({
  owner: fc.constantFrom('GROUP#a', 'GROUP#b', 'WORKFLOW#w'),
  workflowId: fc.constantFrom('w', 'v'),
  definition: fc.constantFrom('arn:task-definition/one:1', 'arn:task-definition/two:1'),
});
const seen = fc.record({ view: views, around: surroundings });

const origin: StepRun = { run: facts().run, document: runDocument([plannedStep(0)]), files: [] };
const partsOf = (view: StepView, around: Parameters<typeof seenParts>[2], from = origin) => {
  const parts = seenParts(view, from, around);
  if (!parts) throw new Error('no parts');
  return parts;
};
const keyOf = ({ view, around }: { view: StepView; around: Parameters<typeof seenParts>[2] }) =>
  keyOfParts(partsOf(view, around));

describe('the key of a step', () => {
  it('is the same exactly if the step sees the same', () => {
    fc.assert(
      fc.property(seen, seen, (one, two) => {
        const isSame = JSON.stringify(plainJson(one)) === JSON.stringify(plainJson(two));
        expect(keyOf(one) === keyOf(two)).toBe(isSame);
      }),
      { numRuns: 300 },
    );
  });

  it('changes with every part', () => {
    fc.assert(
      fc.property(seen, seen, (one, two) => {
        for (const name of Object.keys(one.view) as (keyof StepView)[]) {
          const changed = { ...one, view: { ...one.view, [name]: two.view[name] } };
          const isSame = JSON.stringify(plainJson(changed)) === JSON.stringify(plainJson(one));
          expect([name, keyOf(changed) === keyOf(one)]).toEqual([name, isSame]);
        }
        for (const name of Object.keys(one.around) as (keyof typeof one.around)[]) {
          const changed = { ...one, around: { ...one.around, [name]: two.around[name] } };
          expect([name, keyOf(changed) === keyOf(one)]).toEqual([
            name,
            one.around[name] === two.around[name],
          ]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order of files, folders and members, or on the sources of files', () => {
    fc.assert(
      fc.property(seen, ({ view, around }) => {
        const control = Object.fromEntries(Object.entries(view.control ?? {}).reverse());
        const turned = {
          ...view,
          control,
          tree: [...view.tree].reverse(),
          folders: [...view.folders].reverse(),
        };
        expect(keyOf({ view: turned, around })).toBe(keyOf({ view, around }));
      }),
    );
    const sha256 = sha256Of('x');
    const input = { path: 'x', object: 'key', size: 1, sha256, declared: false };
    const uploaded = { ...origin, document: { ...origin.document, inputs: [input] } };
    const same = { owner: 'o', workflowId: 'w', definition: 'd:1' };
    const viewOf = (source: { kind: 'tree' | 'input'; id: string }): StepView => ({
      ...emptyView,
      tree: [{ type: 'file', path: 'x', mode: 0o644, size: 1, sha256, source, protected: false }],
    });
    expect(partsOf(viewOf({ kind: 'input', id: 'i0' }), same, uploaded)).toEqual(
      partsOf(viewOf({ kind: 'tree', id: sha256 }), same),
    );
  });

  it('does not depend on the revision of the task definition', () => {
    const around = { owner: 'o', workflowId: 'w' };
    const key = (definition: string) => keyOfParts(partsOf(emptyView, { ...around, definition }));
    expect(key('arn:a:task-definition/f:1')).toBe(key('arn:a:task-definition/f:12'));
    expect(key('arn:a:task-definition/f:1')).not.toBe(key('arn:a:task-definition/g:1'));
  });

  it.each([
    ['whose digest is not that of its content', { kind: 'tree' as const, id: sha256Of('other') }],
    ['of a run that has no such input', { kind: 'input' as const, id: 'i0' }],
    ['that no version has', { kind: 'input' as const, id: 's0' }],
    ['of an unknown kind', { kind: 'input' as const, id: 'x0' }],
  ])('does not exist for a file %s', (_, source) => {
    const entry = {
      type: 'file' as const,
      path: 'x',
      mode: 0o644,
      size: 1,
      sha256: sha256Of('x'),
      protected: false,
    };
    const view = { ...emptyView, tree: [{ ...entry, source }] };
    expect(seenParts(view, origin, { owner: 'o', workflowId: 'w', definition: 'd' })).toBeUndefined();
  });
});

describe('the reason of a miss', () => {
  it('names the parts that differ', () => {
    const around = { owner: 'o', workflowId: 'w', definition: 'd:1' };
    const one = partsOf(emptyView, around);
    expect(differenceOf(one, one)).toEqual([]);
    expect(differenceOf(one, partsOf({ ...emptyView, script: 'x' }, around))).toEqual([
      'its commands, their values or its environment',
    ]);
    expect(
      differenceOf(one, partsOf({ ...emptyView, folders: ['x'] }, { ...around, definition: 'e:1' })),
    ).toEqual(['its image, or the settings of its task', 'its files']);
  });
});

const emptyView: StepView = {
  script: '',
  folders: [],
  tree: [],
  keep: {
    outputs: [],
    resultFile: null,
    tree: true,
    archive: false,
    handOver: { closed: [], declared: [], leaves: null, others: [] },
  },
};

/** JSON that is the same for the same content. */
function plainJson({ view, around }: { view: StepView; around: object }) {
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  const control = Object.entries(view.control ?? {}).sort(byText);
  return [around, { ...view, control, tree: [...view.tree].sort(byText), folders: [...view.folders].sort() }];
}

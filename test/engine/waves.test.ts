import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRun } from '../../shared/engine/plan.ts';
import { type PlannedStep, plannedSize, runPlanSchema, vcpusOf } from '../../shared/engine/run-plan.ts';
import { stepsOfTask } from '../../shared/engine/shared-task.ts';
import { inWaves, overlap, waveBefore, waveOf, wavesOf } from '../../shared/engine/waves.ts';
import { container, inputOf } from './plan-input.ts';
import { plannedStep } from './planned-step.ts';

const SIZE = { cpu: 1, memory: 2048, disk: 21, timeout: 60 };
const stepAt = (index: number, change: Partial<PlannedStep> = {}) =>
  plannedStep(index, { writes: [], size: SIZE, ...change });
/** Steps with these differences, and a last one. */
const stepsOf = (...changes: Partial<PlannedStep>[]) =>
  [...changes, {}].map((change, index) => stepAt(index, change));
const indexesOf = (steps: readonly PlannedStep[], capacity = 100) =>
  wavesOf(inWaves(steps, capacity)).map((wave) => wave.map(({ index }) => index));

describe('the waves of a plan', () => {
  it('join steps that are independent, except the last one, which stores what the run keeps', () => {
    expect(indexesOf(stepsOf({ writes: ['a'] }, { writes: ['b'] }, { writes: ['c'] }))).toEqual([
      [0, 1, 2],
      [3],
    ]);
    expect(indexesOf(stepsOf({}))).toEqual([[0], [1]]);
    expect(indexesOf([stepAt(0)])).toEqual([[0]]);
  });

  const dependent: readonly [string, Partial<PlannedStep>, Partial<PlannedStep> | 'unlisted'][] = [
    ['the second reads what the first writes', { writes: ['a.txt'] }, { inputs: ['a.txt'] }],
    ['the first reads what the second writes', { inputs: ['a.txt'] }, { writes: ['a.txt'] }],
    ['both write a file', { writes: ['a.txt'] }, { writes: ['a.txt'] }],
    ['one writes into a folder that the other reads', { writes: ['data/a.txt'] }, { inputs: ['data'] }],
    ['one writes the folder of what the other reads', { writes: ['data/'] }, { inputs: ['data/a.txt'] }],
    ['a pattern may match what the other writes', { inputs: ['data/*.csv'] }, { writes: ['data/b.txt'] }],
    ['a pattern may match anything', { inputs: ['**/x'] }, { writes: ['b.txt'] }],
    ['one does not list its files', { writes: ['a'] }, 'unlisted'],
    [
      'a command of the second names what the first writes',
      { writes: ['a.txt'] },
      { commands: ['wc ./a.txt'] },
    ],
    [
      'a value of the second names what the first writes',
      { writes: ['d/'] },
      { variables: { x: 'd/a.txt' } },
    ],
    [
      'a command of the first names what the second writes',
      { commands: ['cp x "b.txt"'] },
      { writes: ['b.txt'] },
    ],
    [
      'the second uses a result of the first',
      {},
      { results: { FLOWSERV_ARG_x: { step: 0, operand: false } } },
    ],
    ['both set the same variable', { sets: 'x' }, { sets: 'x' }],
    ['only one is the participant’s', {}, { leaves: [], others: [] }],
    ['participants’ code may run in one only', {}, { participantCode: true }],
  ];
  it.each(dependent)('separate two steps if %s', (_what, one, other) => {
    const second = other === 'unlisted' ? withoutWrites(stepAt(1)) : stepAt(1, other);
    expect(indexesOf([stepAt(0, one), second, stepAt(2)])).toEqual([[0], [1], [2]]);
  });

  it.each<[string, Partial<PlannedStep>, Partial<PlannedStep>]>([
    ['both read the same', { inputs: ['data/'] }, { inputs: ['data/a.txt'] }],
    ['one name begins with the other', { writes: ['data'] }, { inputs: ['data2/a'] }],
    ['they set different variables', { sets: 'x' }, { sets: 'y' }],
    ['a word only contains the path', { writes: ['a'] }, { commands: ['echo data/a b/a/c'] }],
  ])('join two steps if %s', (_what, one, other) => {
    expect(indexesOf(stepsOf(one, other))).toEqual([[0, 1], [2]]);
  });

  it('have at most ten steps, and no more vCPUs than the stage', () => {
    const many = stepsOf(...Array.from({ length: 12 }, () => ({})));
    expect(indexesOf(many).map((wave) => wave.length)).toEqual([10, 2, 1]);
    const large = stepsOf(...Array.from({ length: 4 }, () => ({ size: { ...SIZE, cpu: 2 } })));
    expect(indexesOf(large, 5).map((wave) => wave.length)).toEqual([2, 2, 1]);
    expect(indexesOf(large, 1).map((wave) => wave.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it('ignore skipped steps', () => {
    const steps = inWaves(stepsOf({}, { skipped: true, writes: [] }, {}), 100);
    expect(steps.map(({ wave }) => wave)).toEqual([0, undefined, 0, 1]);
    const [first, , third, last] = steps;
    expect(first && waveOf(steps, first)).toEqual([first, third]);
    expect(last && waveBefore(steps, last)).toEqual([first, third]);
    expect(third && waveBefore(steps, third)).toEqual([]);
  });

  it('decide the vCPUs of a run: the largest sum', () => {
    const steps = stepsOf({}, { size: { ...SIZE, cpu: 2 } }, { size: { ...SIZE, cpu: 4 } });
    expect(vcpusOf({ steps: inWaves(steps, 100) })).toBe(7);
    expect(vcpusOf({ steps: inWaves(steps, 4) })).toBe(4);
    expect(vcpusOf({ steps })).toBe(4);
  });

  it('have no task in common, unlike consecutive waves of one step', () => {
    const steps = inWaves(
      stepsOf({}, {}, { inputs: ['x'], writes: ['y'] }, { inputs: ['y'], writes: ['z'] }),
      2,
    );
    expect(steps.map(({ wave }) => wave)).toEqual([0, 0, 1, 2, 3]);
    expect(stepsOfTask(steps, 0)).toEqual({ indexes: [0], size: 1 });
    expect(stepsOfTask(steps, 1)).toEqual({ indexes: [1], size: 1 });
    expect(stepsOfTask(steps, 2)).toEqual({ indexes: [2, 3, 4], size: 3 });
  });
});

const withoutWrites = ({ writes: _, ...step }: PlannedStep): PlannedStep => step;

describe('the plan of a workflow', () => {
  const workflow = (more: object) => ({
    steps: [
      { name: 'a', files: { inputs: [], outputs: ['$[[out]]/a'] }, action: container(['true']) },
      { name: 'b', files: { inputs: ['in'], outputs: ['$[[out]]/b'] }, action: container(['true']) },
      { name: 'c', action: container(['true']) },
    ],
    ...more,
  });
  const wavesIn = (more: object) => planRun(inputOf(workflow(more), { out: 'o' })).steps;

  it('has waves only with parallel: inferred', () => {
    expect(wavesIn({}).map(({ wave, writes }) => [wave, writes])).toEqual(
      Array(3).fill([undefined, undefined]),
    );
    const steps = wavesIn({ parallel: 'inferred' });
    expect(steps.map(({ wave, writes }) => [wave, writes])).toEqual([
      [0, ['o/a']],
      [0, ['o/b']],
      [1, undefined],
    ]);
    const plan = planRun(inputOf(workflow({ parallel: 'inferred' }), { out: 'o' }));
    expect(runPlanSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it('separates steps whose arguments name the same path', () => {
    const steps = [
      { name: 'a', files: { inputs: [], outputs: ['$[[one]]'] }, action: container(['true']) },
      { name: 'b', files: { inputs: ['$[[two]]'], outputs: [] }, action: container(['true']) },
      { name: 'c', action: container(['true']) },
    ];
    const waves = (values: Record<string, string>) =>
      planRun(inputOf({ parallel: 'inferred', steps }, values)).steps.map(({ wave }) => wave);
    expect(waves({ one: 'x', two: 'y' })).toEqual([0, 0, 1]);
    expect(waves({ one: 'x', two: './x/z' })).toEqual([0, 1, 2]);
  });

  it('is an error with another value of parallel', () => {
    expect(() => wavesIn({ parallel: 'always' })).toThrow("unknown value 'always'; use inferred");
  });
});

/** Files of a small tree, and paths that stand for some of them. */
const FILES = ['a', 'b', 'd/a', 'd/b', 'd/e/a', 'f/a'];
const path = fc.constantFrom(
  'a',
  'b',
  'd',
  'd/',
  'd/a',
  'd/b',
  'd/e',
  'd/e/a',
  'd/*',
  '*',
  'd/e/?',
  'f',
  'f/a',
);
const paths = fc.array(path, { maxLength: 3 });
const anyStep = fc.record({
  inputs: paths,
  writes: paths,
  cpu: fc.constantFrom(1, 2, 4),
  skipped: fc.boolean(),
  participantCode: fc.boolean(),
});
const matched = (pattern: string) => {
  const source = pattern.replace(/\/$/, '').replaceAll('*', '[^/]*').replaceAll('?', '[^/]');
  return FILES.filter((file) => new RegExp(`^${source}(/|$)`).test(file));
};

describe('the waves of any plan', () => {
  it('are consecutive, independent, bounded and of one trust', () => {
    const check = (list: readonly (typeof anyStep extends fc.Arbitrary<infer T> ? T : never)[]) => {
      const steps = list.map(({ cpu, ...step }, index) => stepAt(index, { ...step, size: { ...SIZE, cpu } }));
      const planned = inWaves(steps, 6);
      const waves = wavesOf(planned);
      expect(waves.flat().map(({ index }) => index)).toEqual(
        steps.filter(({ skipped }) => !skipped).map(({ index }) => index),
      );
      expect(waves.at(-1)?.length ?? 1).toBe(1);
      for (const wave of waves) {
        expect(wave.every((step) => waveOf(planned, step).length === wave.length)).toBe(true);
        expect(wave.length === 1 || wave.reduce((sum, step) => sum + plannedSize(step).cpu, 0) <= 6).toBe(
          true,
        );
        expect(new Set(wave.map(({ participantCode }) => participantCode)).size).toBe(1);
        for (const one of wave) {
          const written = (one.writes ?? []).flatMap(matched);
          for (const other of wave) {
            if (other === one) continue;
            const used = [...other.inputs, ...(other.writes ?? [])].flatMap(matched);
            expect(written.filter((file) => used.includes(file))).toEqual([]);
          }
        }
      }
    };
    fc.assert(fc.property(fc.array(anyStep, { minLength: 1, maxLength: 12 }), check), { numRuns: 300 });
  });
});

describe('two declared paths', () => {
  it('overlap if a file matches both, in either order', () => {
    const check = (one: string, other: string) => {
      expect(overlap(one, other)).toBe(overlap(other, one));
      if (matched(one).some((file) => matched(other).includes(file))) expect(overlap(one, other)).toBe(true);
    };
    fc.assert(fc.property(path, path, check));
  });
});

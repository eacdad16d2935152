import { describe, expect, it } from 'vitest';
import { parseEngineConfig } from '../../shared/engine/engine-config.ts';
import { planRun } from '../../shared/engine/plan.ts';
import type { PlanInput } from '../../shared/engine/plan-input.ts';
import { type RunPlan, runPlanSchema } from '../../shared/engine/run-plan.ts';
import { fillStep, neededResults } from '../../shared/engine/step-values.ts';
import { expansionContext } from '../../shared/runs/expansion.ts';
import { inputOf } from './plan-input.ts';
import { PYTHON } from './python-settings.ts';

/** Plans steps; an action that is a text is the participant's, under that parameter. */
function planOf(
  actions: readonly unknown[],
  parameters: object = {},
  more: Partial<PlanInput> = {},
): RunPlan {
  const steps = actions.map((action, index) => ({ name: `s${index}`, action }));
  const context = expansionContext([], new Map());
  const staticFiles = ['code/f.py', 'helper.py', 'lib/a/b.py', 'data/x.csv', 'root.py'];
  const added = { context, values: new Map() };
  return planRun(inputOf({ parameters, steps }, {}, { context, added, staticFiles, ...more }));
}

const code = (func = 'code.f.f', more: object = {}) => ({ func, ...more });
const commands = (...texts: string[]) => ({ environment: 'image', commands: texts });
const requestOf = ({ steps }: RunPlan, index = 0) => JSON.parse(steps[index]?.call?.request ?? '');

describe('the plan of a code step', () => {
  it('I6: refers to the results of earlier steps, the last of each variable', () => {
    const plan = planOf(
      [
        code('code.f.add', { arg: 'z' }),
        code('code.f.add', { arg: 'z' }),
        code('code.f.show'),
        commands('a "${z}" "$z"'),
      ],
      { x: 1, z: 0.5 },
    );
    expect(plan.steps.map(({ sets }) => sets)).toEqual(['z', 'z', undefined, undefined]);
    expect(plan.steps.map(({ call }) => call?.results)).toEqual([{}, { z: 0 }, { z: 1 }, undefined]);
    expect(plan.steps.map(({ call }) => call?.context)).toEqual([
      { x: '1', z: '0.5' },
      { x: '1' },
      { x: '1' },
      undefined,
    ]);
    expect(plan.steps[3]).toMatchObject({
      commands: ['a "${FLOWSERV_ARG_z}" "${FLOWSERV_ARG_z}"'],
      variables: {},
      results: { FLOWSERV_ARG_z: { step: 1, operand: true } },
    });
    expect(plan.steps.map(neededResults)).toEqual([[], [0], [1], [1]]);
    expect(runPlanSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it('keeps the types of values', () => {
    const plan = planOf([code()], { a: '1', b: 1, c: 1.5, d: null, e: [true], f: { g: 'h' } });
    const { call } = fillStep(plan.steps[0] ?? fail(), () => undefined);
    expect(JSON.parse(call ?? '').context).toEqual({
      a: '1',
      b: 1,
      c: 1.5,
      d: null,
      e: [true],
      f: { g: 'h' },
    });
  });

  it.each([
    ['code.f.f', 'folder', { helper: 'file', lib: 'folder', root: 'file' }],
    ['root.f', 'file', { code: 'folder', helper: 'file', lib: 'folder' }],
    ['lib.a.b.f', 'folder', { code: 'folder', helper: 'file', root: 'file' }],
    ['statistics.mean', 'image', { code: 'folder', helper: 'file', lib: 'folder', root: 'file' }],
    ['code.other.f', 'image', { helper: 'file', lib: 'folder', root: 'file' }],
    ['data.f', 'image', { code: 'folder', helper: 'file', lib: 'folder', root: 'file' }],
  ])('finds the module of %s in a %s', (func, expected, others) => {
    expect(requestOf(planOf([code(func)])).modules).toEqual({ function: expected, others });
  });

  it('imports a file of an argument only where the template declares its path, and nothing else beside it', () => {
    const uploads = [{ fileId: 'f', path: 'model.py', declared: true }];
    const undeclared = [{ fileId: 'f', path: 'model.py', declared: false }];
    expect(requestOf(planOf([code('model.f')], {}, { uploads })).modules.function).toBe('file');
    expect(requestOf(planOf([code('model.f')], {}, { uploads: undeclared })).modules.function).toBe('image');
    const beside = [{ fileId: 'f', path: 'lib/c.py', declared: true }];
    expect(requestOf(planOf([code()], {}, { uploads: beside })).modules.others).toEqual({
      helper: 'file',
      root: 'file',
    });
  });

  it('takes its image from the action, the worker, or the stage', () => {
    const workers = [{ name: 'w', type: 'code', image: 'of-worker', variables: { python: 'pypy3' } }];
    const engine = parseEngineConfig({ workers, workflow: [{ step: 's1', worker: 'w' }] });
    const plan = planOf([code(), code(), code('a.b', { environment: 'own' })], {}, { engine });
    expect(plan.steps.map(({ image }) => image)).toEqual([PYTHON.codeImage, 'of-worker', 'own']);
    expect(plan.steps[1]?.commands[0]).toMatch(/^pypy3 -I /);
  });

  it('is the organiser’s if no argument chooses its image, whatever the workflow’s expansion', () => {
    const [step] = planOf([code()]).steps;
    expect(step).toMatchObject({ participantCode: false, ownImage: true });
    expect(step).not.toHaveProperty('leaves');
  });

  const privately = { privateFiles: ['truth/x'], programOf: () => undefined };
  const chosen = (name: string) => (step: { readonly name: string }) =>
    step.name === name ? 'x' : undefined;

  it('gives no result of a step with private files to a step that may run a participant’s code', () => {
    const more = { ...privately, programOf: chosen('s1') };
    const plan = planOf([code('code.f.f', { arg: 'z' }), code(), code()], {}, more);
    expect(plan.steps.map(({ participantCode }) => participantCode)).toEqual([false, true, false]);
    expect(plan.steps.map(({ call }) => call?.results)).toEqual([{}, {}, { z: 0 }]);
    expect(() => planOf([code('code.f.f', { arg: 'z' }), commands('a "${z}"')], {}, more)).toThrow(
      "step 's1': step 's0' sets 'z' and sees private files, while this step may run a participant's code",
    );
  });

  it('gives results of participants’ steps to participants’ steps only, and imports any file in them', () => {
    const own = code('mine.f', { arg: 'x' });
    const context = { ...expansionContext([], new Map()), actionOf: () => own };
    const plan = planOf(['$[[a]]', '$[[b]]', code('code.f.f'), commands('a ${x}')], { x: 1 }, { context });
    expect(plan.steps.map(({ call }) => call?.results)).toEqual([{}, { x: 0 }, {}, undefined]);
    expect(plan.steps[3]).toMatchObject({ variables: { FLOWSERV_ARG_x: '1' } });
    expect(requestOf(plan).modules).toEqual({ function: 'any', others: {} });
    expect(plan.steps[0]).toMatchObject({ participantCode: true, leaves: [] });
    expect(plan.steps[0]).not.toHaveProperty('ownImage');
  });

  it('I4: reports an argument that is no step as a mistake of the caller', () => {
    const context = { ...expansionContext([], new Map()), actionOf: () => ({ func: 'x' }) };
    expect(() => planOf(['$[[a]]'], {}, { context })).toThrow(
      expect.objectContaining({ code: 'argument.invalid', fault: 'caller' }),
    );
  });
});

describe('the plan of a notebook step', () => {
  const notebook = (more: object = {}) => ({ environment: 'jupyter', notebook: 'nb/a.ipynb', ...more });

  it('passes the variables of its parameters', () => {
    const action = notebook({ params: ['a', 'b'], variables: [{ arg: 'a', var: 'x' }] });
    const plan = planOf([code('code.f.f', { arg: 'b' }), action], { x: 1, y: 2 });
    expect(plan.steps[1]).toMatchObject({
      image: 'jupyter',
      call: { program: 'notebook', context: { x: '1' }, results: { b: 0 } },
    });
    expect(requestOf(plan, 1)).toEqual({
      notebook: 'nb/a.ipynb',
      output: 'nb/a.out.ipynb',
      params: ['a', 'b'],
      requirements: [],
      variables: [{ arg: 'a', var: 'x' }],
    });
  });

  it.each([
    ['always', false, undefined],
    ['worker', true, undefined],
    ['worker', false, "its worker gives it no network; map the step to a worker with 'network: true'"],
    ['never', true, 'steps of this stage reach no package index'],
  ] as const)('with requirements needs a network: %s, worker %j', (installs, network, message) => {
    const workers = [{ name: 'w', type: 'notebook', network }];
    const engine = parseEngineConfig({ workers, workflow: [{ step: 's0', worker: 'w' }] });
    const plan = () =>
      planOf([notebook({ requirements: ['numpy'] })], {}, { engine, python: { ...PYTHON, installs } });
    if (message === undefined) expect(plan().steps).toHaveLength(1);
    else expect(plan).toThrow(message);
  });

  it('needs neither an image nor papermill with a worker of type nbdocker, which installs both kinds of packages', () => {
    const planned = (network: boolean, installs: 'always' | 'worker' | 'never' = 'worker') => {
      const workers = [{ name: 'w', type: 'nbdocker', network }];
      const engine = parseEngineConfig({ workers, workflow: [{ step: 's0', worker: 'w' }] });
      const action = { notebook: 'a.ipynb', requirements: ['numpy'] };
      return planOf([action], {}, { engine, python: { ...PYTHON, installs } });
    };
    const plan = planned(true);
    expect(plan.steps[0]?.image).toBe(PYTHON.codeImage);
    expect(requestOf(plan)).toMatchObject({ requirements: ['papermill', 'ipykernel', 'numpy'] });
    expect(() => planned(false)).toThrow(
      "step 's0': the packages of its worker cannot be installed, because its worker gives it no network",
    );
    expect(() => planned(true, 'never')).toThrow(
      "use an image with papermill and a worker of type 'notebook'",
    );
  });

  it('needs an image', () => {
    expect(() => planOf([{ notebook: 'a.ipynb' }])).toThrow("step 's0': a notebook step needs an image");
  });
});

describe('the values of a step', () => {
  const [make, use] = planOf([code('code.f.f', { arg: 'z' }), commands('a "${z}"', 'echo "-${z}"')]).steps;
  const textOf = (json: string) => fillStep(use ?? fail(), () => json).step.variables.FLOWSERV_ARG_z;

  it.each([
    ['true', 'True'],
    ['null', 'None'],
    ['10.0', '10.0'],
    ['10', '10'],
    ['1e-05', '1e-05'],
    ['NaN', 'nan'],
    ['123456789012345678901', '123456789012345678901'],
    ['"a b; c"', 'a b; c'],
    ['[1, "a"]', "[1, 'a']"],
    ['-5', '-5'],
  ])('I9: has the result %s as %s in a command', (json, text) => {
    expect(textOf(json)).toBe(text);
  });

  it.each([
    ['"-rf"', "the value of 'z', the result of a step, would be an option of a program"],
    ['"a\\u0000b"', "the value of 'z' contains a NUL character"],
    [`"${'\\u0001'.repeat(15_000)}${'x'.repeat(29_000)}"`.slice(0, 119_000), 'cannot be read'],
    ['{', 'the result of step 1 cannot be read'],
    [`${'['.repeat(200)}${']'.repeat(200)}`, 'the result of step 1 cannot be read'],
    [`"${'x'.repeat(120_000)}"`, 'step 1 left no result'],
  ])('does not take the result %#', (json, message) => {
    expect(() => textOf(json.replaceAll('\\\\', '\\'))).toThrow(
      expect.objectContaining({ code: 'step.result', message: expect.stringContaining(message) }),
    );
  });

  it('does not take a result that is lost, or more than 1 MiB of results', () => {
    expect(() => fillStep(use ?? fail(), () => undefined)).toThrow('step 1 left no result');
    const many = Array.from({ length: 10 }, (_, i) => code('code.f.f', { arg: `z${i}` }));
    const last = planOf([...many, code()]).steps.at(-1) ?? fail();
    expect(() => fillStep(last, () => `"${'x'.repeat(110_000)}"`)).toThrow('have more than 1 MiB');
    expect(fillStep(last, () => '1').call).toContain('"z9":1');
  });

  it('are complete for a step that needs no result', () => {
    expect(fillStep(make ?? fail(), fail).step).toEqual({ ...make, variables: {} });
  });
});

function fail(): never {
  throw new Error('a step is missing');
}

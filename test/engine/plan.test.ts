import { describe, expect, it } from 'vitest';
import { parseEngineConfig } from '../../shared/engine/engine-config.ts';
import { planRun } from '../../shared/engine/plan.ts';
import { callsOf } from './commands/shell-arguments.ts';
import { HELLO_WORLD, LEGACY_HELLO_WORLD } from './hello-world.ts';
import { container, contextOf, inputOf, steps } from './plan-input.ts';

const HW_VALUES = { names: 'names.txt', sleeptime: 10, greeting: 'Hello' };

describe('planRun', () => {
  it('I1: plans the hello-world workflow', () => {
    const plan = planRun(inputOf(HELLO_WORLD, HW_VALUES, { resultFile: 'results/analytics.json' }));
    const [step] = plan.steps;
    expect(plan.steps).toHaveLength(1);
    expect(step).toMatchObject({ index: 0, name: 'greet', skipped: false, image: 'python:3.7', env: {} });
    expect(step?.commands).toHaveLength(2);
    expect(step?.inputs).toEqual(['code/', 'names.txt']);
    expect(step?.outputs).toEqual(['results/']);
    expect(plan.outputs).toEqual(['results/greetings.txt', 'results/analytics.json']);
    expect(plan.resultFile).toBe('results/analytics.json');
    expect(step?.variables).toEqual({
      FLOWSERV_ARG_inputfile: 'names.txt',
      FLOWSERV_ARG_outputfile: 'results/greetings.txt',
      FLOWSERV_ARG_sleeptime: '10',
      FLOWSERV_ARG_greeting: 'Hello',
    });
  });

  it('J2: commands follow the target path of an upload', () => {
    const uploads = [{ fileId: 'f1', path: './somenames.txt', declared: false }];
    const plan = planRun(inputOf(HELLO_WORLD, { ...HW_VALUES, names: 'somenames.txt' }, { uploads }));
    expect(plan.steps[0]?.variables.FLOWSERV_ARG_inputfile).toBe('somenames.txt');
    expect(plan.uploads).toEqual([{ fileId: 'f1', path: 'somenames.txt', declared: false }]);
  });

  it('I30: plans the legacy spelling to the same commands, variables and outputs', () => {
    const legacy = planRun(inputOf(LEGACY_HELLO_WORLD, HW_VALUES));
    const current = planRun(inputOf(HELLO_WORLD, HW_VALUES));
    expect(legacy.outputs).toEqual(current.outputs);
    expect(legacy.steps[0]?.commands).toEqual(current.steps[0]?.commands);
    expect(legacy.steps[0]?.variables).toEqual(current.steps[0]?.variables);
  });

  it('I3: runs a supplied actor step and skips an omitted one', () => {
    const spec = steps('$[[preproc]]', '$[[tagger]]', container(['analyse']));
    const tagger = container(['tag $[[names]]'], 'test');
    const context = contextOf(HW_VALUES, { tagger });
    const plan = planRun(inputOf(spec, HW_VALUES, { context }));
    expect(plan.steps.map(({ skipped, image }) => [skipped, image])).toEqual([
      [true, ''],
      [false, 'test'],
      [false, 'image'],
    ]);
    expect(plan.steps[1]?.variables).toEqual({ FLOWSERV_ARG_names: 'names.txt' });
    expect(plan.steps.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it('lets a participant’s step leave its own outputs and outputs that no later step declares', () => {
    const spec = {
      files: { outputs: ['results/plot.svg', 'results/score.json'] },
      steps: [
        { name: 'own', action: '$[[a]]', files: { outputs: ['work/'] } },
        { name: 'score', action: container(['score']), files: { outputs: ['results/score.json'] } },
      ],
    };
    const context = contextOf({}, { a: container(['x']) });
    const plan = planRun(inputOf(spec, {}, { context, resultFile: 'results/score.json' }));
    expect(plan.steps.map(({ leaves }) => leaves)).toEqual([['work/', 'results/plot.svg'], undefined]);
  });

  it('rejects a run in which every step is skipped', () => {
    const plan = () => planRun(inputOf(steps('$[[a]]', '$[[b]]'), {}));
    expect(plan).toThrow(expect.objectContaining({ code: 'run.no-step', message: 'no step to run' }));
  });

  it('I4: rejects an actor argument that is not a step and names it', () => {
    const context = contextOf({}, { a: { type: 'undefined' } });
    expect(() => planRun(inputOf(steps('$[[a]]'), {}, { context }))).toThrow("argument 'a': invalid action");
  });

  it('I16: the environment of a step overrides the environment of its worker', () => {
    const worker = { name: 'w', type: 'docker', env: { A: 'Hello', B: 'You' } };
    const engine = parseEngineConfig({ workers: [worker], workflow: [{ step: 's0', worker: 'w' }] });
    const spec = steps({ ...container(['a']), env: { B: 'World' } });
    expect(planRun(inputOf(spec, {}, { engine })).steps[0]?.env).toEqual({
      A: 'Hello',
      B: 'World',
    });
  });

  it('uses the processor that the step’s worker requests', () => {
    const worker = { name: 'w', type: 'docker', architecture: 'ARM64' };
    const engine = parseEngineConfig({ workers: [worker], workflow: [{ step: 's0', worker: 'w' }] });
    const spec = steps(container(['true']), container(['true']));
    const [first, second] = planRun(inputOf(spec, {}, { engine })).steps;
    expect(first).toMatchObject({ name: 's0', architecture: 'ARM64' });
    expect(second).not.toHaveProperty('architecture');
  });

  it('allows network and spare capacity only to steps whose worker has them', () => {
    const worker = { name: 'w', type: 'docker', network: true, spot: true };
    const engine = parseEngineConfig({ workers: [worker], workflow: [{ step: 's0', worker: 'w' }] });
    const spec = steps(container(['true']), container(['true']));
    const [first, second] = planRun(inputOf(spec, {}, { engine })).steps;
    expect(first).toMatchObject({ name: 's0', network: true, spot: true });
    for (const key of ['network', 'spot']) expect(second).not.toHaveProperty(key);
  });

  it('marks only images of organiser’s steps that the template alone decides', () => {
    const spec = steps(
      container(['true'], 'ghcr.io/lab/scorer:1'),
      container(['true'], 'ghcr.io/lab/$[[greeting]]:1'),
      '$[[greeting]]',
    );
    const context = contextOf(HW_VALUES, { greeting: container(['true'], 'ghcr.io/lab/scorer:1') });
    const plan = planRun(inputOf(spec, HW_VALUES, { context }));
    expect(plan.steps.map(({ ownImage }) => ownImage)).toEqual([true, undefined, undefined]);
    expect(plan.steps.map(({ image }) => image)).toEqual([
      'ghcr.io/lab/scorer:1',
      'ghcr.io/lab/Hello:1',
      'ghcr.io/lab/scorer:1',
    ]);
  });

  it('J32: a step runs with the worker in the configuration of the run', () => {
    const workers = ['one', 'two'].map((name) => ({ name, type: 'docker', variables: { which: name } }));
    const commandsWith = (worker: string) => {
      const engine = parseEngineConfig({ workers, workflow: [{ step: 's0', worker }] });
      return planRun(inputOf(steps(container(['run $which'])), {}, { engine })).steps[0]?.commands;
    };
    expect([commandsWith('one'), commandsWith('two')]).toEqual([['run one'], ['run two']]);
  });

  it('turns supplied arguments into variables only in the legacy grammar, after the variables of the workflow', () => {
    const action = container(['args $names $greeting']);
    const legacy = {
      inputs: { parameters: { greeting: 'own' } },
      workflow: { specification: { steps: [action] } },
    };
    const callsFor = (spec: unknown) => {
      const [step] = planRun(inputOf(spec, HW_VALUES)).steps;
      const variables = new Map(Object.entries(step?.variables ?? {}));
      return callsOf('/bin/sh', [{ text: step?.commands[0] ?? '', variables }]);
    };
    expect(callsFor(legacy)).toEqual([[['args', 'names.txt', 'own']]]);
    expect(callsFor(steps(action))).toEqual([[['args', 'names', 'greeting']]]);
  });

  it('lets only participants’ steps use a parameter that the group added', () => {
    const added = { context: contextOf({ depth: 3 }), values: new Map<string, unknown>([['depth', 3]]) };
    const context = contextOf({}, { own: container(['args $depth $[[depth]]'], 'image-$[[depth]]') });
    const spec = steps(container(['args $depth']), '$[[own]]');
    const [before, own] = planRun(inputOf(spec, {}, { added, context })).steps;
    expect([before?.commands, before?.variables]).toEqual([['args depth'], {}]);
    expect([own?.image, own?.variables]).toEqual(['image-3', { FLOWSERV_ARG_depth: '3' }]);
  });

  it('uses text forms and omits what a conditional reference omits', () => {
    const spec = {
      parameters: { flag: '$[[flag]]', rate: '$[[rate]]' },
      files: { outputs: ['a', '$[[flag ? b]]', '$[[flag ? b : c/]]', 'a'] },
      steps: [{ name: 's', action: container(['args $[[flag ? --on]] "$flag" "$rate"']) }],
    };
    const plan = planRun(inputOf(spec, { flag: false, rate: null }));
    expect(plan.outputs).toEqual(['a', 'c/']);
    expect(plan.steps[0]?.commands).toEqual(['args  "${FLOWSERV_ARG_flag}" "${FLOWSERV_ARG_rate}"']);
    expect(plan.steps[0]?.variables).toEqual({ FLOWSERV_ARG_flag: 'False', FLOWSERV_ARG_rate: 'None' });
  });

  it('resolves the image and rejects an invalid one', () => {
    const spec = steps(container(['a'], 'registry/$[[i]]'));
    expect(planRun(inputOf(spec, { i: 'x:1' })).steps[0]?.image).toBe('registry/x:1');
    expect(() => planRun(inputOf(spec, { i: 'x y' }))).toThrow("invalid container image 'registry/x y'");
  });

  it('keeps exactly the outputs of the template and still creates the folders of the others', () => {
    const templateOutputs = ['results/analytics.json'];
    const plan = planRun(inputOf(HELLO_WORLD, HW_VALUES, { templateOutputs, resultFile: 'out/r.json' }));
    expect(plan.outputs).toEqual(['results/analytics.json']);
    expect(plan.steps[0]?.outputs).toEqual(['results/', 'results/greetings.txt', 'out/r.json']);
  });

  it.each(['/etc/passwd', '../a', 'a/../b', '..', '', './', 'a\0b', 'x'.repeat(800), '"'.repeat(400)])(
    'rejects the path %j as an input, output, target or source',
    (path) => {
      const rejected = expect.objectContaining({ code: 'path.unsafe', status: 400 });
      const spec = steps(container(['a']));
      const upload = { fileId: 'f', path, declared: true };
      expect(() => planRun(inputOf(spec, {}, { templateOutputs: [path] }))).toThrow(rejected);
      expect(() => planRun(inputOf(spec, {}, { resultFile: path }))).toThrow(rejected);
      expect(() => planRun(inputOf(spec, {}, { uploads: [upload] }))).toThrow(rejected);
      expect(() => planRun(inputOf(spec, {}, { copies: [{ source: 'a', target: path }] }))).toThrow(rejected);
      const output = { ...spec, files: { outputs: ['x$[[p]]'] } };
      expect(() => planRun(inputOf(output, { p: path === '' ? '/../..' : `/../${path}` }))).toThrow(rejected);
    },
  );

  it('rejects an upload whose path is a folder of another upload', () => {
    const uploads = ['a/b', 'a'].map((path) => ({ fileId: path, path, declared: true }));
    const plan = () => planRun(inputOf(steps(container(['a'])), {}, { uploads }));
    expect(plan).toThrow(expect.objectContaining({ code: 'path.conflict' }));
  });

  it.each([
    ['a NUL character', 'a\0b', 'argument.nul'],
    ['more than one environment string holds', 'x'.repeat(120_001), 'argument.too-long'],
  ])('rejects a value with %s', (_what, value, code) => {
    const spec = { parameters: { x: value }, ...steps(container(['args "$x"'])) };
    expect(() => planRun(inputOf(spec, {}))).toThrow(expect.objectContaining({ code }));
  });

  it('reports a missing argument', () => {
    expect(() => planRun(inputOf(HELLO_WORLD, {}))).toThrow("missing argument for 'names'");
  });

  it('I11: rejects a command with an invalid placeholder', () => {
    expect(() => planRun(inputOf(steps(container(["awk '{print $1}'"])), {}))).toThrow('invalid placeholder');
  });

  it('is plain data that survives JSON', () => {
    const spec: unknown = JSON.parse('{"parameters": {"__proto__": "p"}, "steps": []}');
    const plan = planRun(inputOf(Object.assign({}, spec, steps(container(['args $__proto__']))), {}));
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(planRun(inputOf(HELLO_WORLD, HW_VALUES))).toEqual(planRun(inputOf(HELLO_WORLD, HW_VALUES)));
  });
});

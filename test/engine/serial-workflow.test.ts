import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Location } from '../../shared/documents/problem.ts';
import { toPythonValue } from '../../shared/documents/python-value.ts';
import type { Warning } from '../../shared/documents/warning.ts';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { checkWorkflow } from '../../shared/engine/workflow-check.ts';
import { FlowservError } from '../../shared/errors.ts';
import { HELLO_WORLD, LEGACY_HELLO_WORLD } from './hello-world.ts';

const container = { environment: 'image', commands: ['a'] };
const oneStep = (action: unknown, more = {}) => ({ steps: [{ name: 's', action, ...more }] });
const actionOf = (action: unknown) => parseSerialWorkflow(oneStep(action)).steps[0]?.action;

describe('parseSerialWorkflow', () => {
  it('I1: reads the hello-world workflow', () => {
    const workflow = parseSerialWorkflow(HELLO_WORLD);
    const [step] = workflow.steps;
    expect(workflow.steps).toHaveLength(1);
    expect(step?.action).toMatchObject({ kind: 'container', image: 'python:3.7' });
    expect(step?.action.kind === 'container' && step.action.commands).toHaveLength(2);
    expect(workflow.outputs).toEqual(['results/greetings.txt', 'results/analytics.json']);
    expect([...workflow.parameters.keys()]).toEqual(['inputfile', 'outputfile', 'sleeptime', 'greeting']);
  });

  it('I2: reads a workflow with a notebook step', () => {
    const workflow = parseSerialWorkflow({
      steps: [
        {
          name: 'run',
          files: { inputs: ['notebooks/', 'data/names.txt'], outputs: ['results/'] },
          action: { notebook: 'notebooks/hello.ipynb', params: ['a'], variables: [{ arg: 'a', var: 'b' }] },
        },
        { name: 'analyse', action: container },
      ],
    });
    expect(workflow.steps).toHaveLength(2);
    expect(workflow.steps[0]).toMatchObject({
      inputs: ['notebooks/', 'data/names.txt'],
      outputs: ['results/'],
      action: { kind: 'notebook', notebook: 'notebooks/hello.ipynb', params: ['a'], output: null },
    });
  });

  it('I4: rejects an action that matches no step type', () => {
    const parse = () => parseSerialWorkflow(oneStep({ type: 'undefined' }));
    expect(parse).toThrow('workflow.steps[0].action: invalid action specification with keys type');
  });

  it('I5: reads the mapping of a code step', () => {
    const variables = [
      { arg: 'a', var: 'val1' },
      { arg: 'b', var: 'val2' },
    ];
    expect(actionOf({ func: 'pkg.add', arg: 'z', variables })).toEqual({
      kind: 'code',
      func: 'pkg.add',
      result: 'z',
      image: null,
      mapping: variables,
    });
  });

  it('I30: translates the legacy grammar to the same workflow', () => {
    const legacy = parseSerialWorkflow(LEGACY_HELLO_WORLD);
    const current = parseSerialWorkflow(HELLO_WORLD);
    expect(legacy.grammar).toBe('legacy');
    expect(legacy.steps.map(({ name }) => name)).toEqual(['step_1']);
    expect(legacy.steps[0]?.action).toEqual(current.steps[0]?.action);
    expect(legacy.parameters).toEqual(current.parameters);
    expect([legacy.inputs, legacy.outputs]).toEqual([current.inputs, current.outputs]);
  });

  it('generates unused names for steps of a legacy template', () => {
    const steps = ['$[[actor]]', { ...container, name: 'step_1' }, container];
    const { steps: parsed } = parseSerialWorkflow({ workflow: { specification: { steps } } });
    expect(parsed.map(({ name }) => name)).toEqual(['step_1_', 'step_1', 'step_3']);
    expect(parsed[0]?.action).toEqual({ kind: 'actor', parameter: 'actor' });
  });

  it('accepts actor references, actions as pairs of type and content, and the alias `image`', () => {
    expect(actionOf(' $[[ tagger ]] ')).toEqual({ kind: 'actor', parameter: 'tagger' });
    expect(actionOf(['container', { image: 'i', commands: [] }])).toMatchObject({
      kind: 'container',
      image: 'i',
    });
    expect(actionOf({ image: '$[[i]]', commands: ['a'] })).toMatchObject({ image: '$[[i]]' });
  });

  it('accepts the environment of a step in both spellings', () => {
    const expected = new Map([['A', 1]]);
    expect(actionOf({ ...container, env: { A: 1 } })).toMatchObject({ env: expected });
    expect(actionOf({ ...container, env: [{ key: 'A', value: 1 }] })).toMatchObject({ env: expected });
  });

  it('accepts parameters as a list of mappings with one key', () => {
    const workflow = parseSerialWorkflow({ ...oneStep(container), parameters: [{ a: '$[[a]]' }, { b: 2 }] });
    expect([...workflow.parameters]).toEqual([
      ['a', '$[[a]]'],
      ['b', 2],
    ]);
  });

  it('keeps a variable with a name that JavaScript objects use, such as __proto__', () => {
    const spec: unknown = JSON.parse(
      '{"parameters": {"__proto__": 1}, "steps": [{"name": "s", "action": "$[[a]]"}]}',
    );
    expect([...parseSerialWorkflow(spec).parameters]).toEqual([['__proto__', 1]]);
  });

  it.each([
    [null, 'workflow: must be a mapping'],
    [{}, 'workflow.steps: the workflow has no steps'],
    [{ steps: [] }, 'workflow.steps: the workflow has no steps'],
    [{ inputs: {}, outputs: {} }, 'workflow.workflow.specification.steps: the workflow has no steps'],
    [{ steps: {} }, 'workflow.steps: '],
    [{ steps: [{ action: container }] }, "workflow.steps[0]: missing element 'name'"],
    [{ steps: [{ name: 's' }] }, "workflow.steps[0].action: missing element 'action'"],
    [oneStep({ environment: 'i', commands: 'a' }), 'workflow.steps[0].action.commands: '],
    [oneStep({ environment: 'i', commands: ['a', 2] }), 'workflow.steps[0].action.commands[1]: '],
    [oneStep({ environment: 3, commands: [] }), 'workflow.steps[0].action.environment: '],
    [oneStep('text'), 'workflow.steps[0].action: invalid action'],
    [oneStep('$[[a]] $[[b]]'), 'workflow.steps[0].action: invalid action'],
    [oneStep('$[[a ? b : c]]'), 'workflow.steps[0].action: invalid action'],
    [oneStep(container, { files: { outputs: 'a' } }), 'workflow.steps[0].files.outputs: '],
    [oneStep(container, { expansion: 'shell' }), 'workflow.steps[0].expansion: '],
    [oneStep(container, { cache: 'yes' }), 'workflow.steps[0].cache: must be true or false'],
    [{ ...oneStep(container), parameters: 'a' }, 'workflow.parameters: must be a mapping'],
    [{ ...oneStep(container), parameters: [{ a: 1, b: 2 }] }, 'workflow.parameters[0]: '],
    [{ workflow: { specification: { steps: ['a'] } } }, 'workflow.workflow.specification.steps[0]: '],
    [{ workflow: 'a' }, 'workflow.workflow: must be a mapping'],
    [{ steps: Array.from({ length: 201 }, () => ({ name: 's', action: container })) }, 'workflow.steps: '],
  ])('reports the location of the problem in %j', (spec, message) => {
    const parse = () => parseSerialWorkflow(spec);
    expect(parse).toThrow(expect.objectContaining({ code: 'template.invalid', status: 400 }));
    expect(parse).toThrow(message);
  });

  it('returns a workflow or an error of the catalogue for any document', () => {
    const keys = fc.constantFrom(
      ...['steps', 'workflow', 'specification', 'inputs', 'outputs', 'files', 'parameters', 'name', 'action'],
      ...['environment', 'commands', 'func', 'notebook', 'variables', 'env', '__proto__', 'expansion'],
    );
    const leaf = fc.constantFrom<unknown>(null, 1, '', 'a', '$[[a]]', true, [], {}, ['a'], 10n);
    const { spec } = fc.letrec((tie) => ({
      spec: fc.oneof(
        { depthSize: 'medium' },
        leaf,
        fc.array(tie('spec'), { maxLength: 3 }),
        fc.dictionary(keys, tie('spec'), { maxKeys: 6 }),
      ),
    }));
    const parse = (document: unknown) => {
      try {
        expect(parseSerialWorkflow(document).steps.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(FlowservError);
      }
    };
    fc.assert(fc.property(spec, parse), { numRuns: 5000 });
  });
});

describe('checking a workflow', () => {
  const check = (spec: unknown) => {
    const warnings: Warning[] = [];
    const location: Location = { path: 'workflow', problems: [], warnings };
    checkWorkflow(toPythonValue(spec), [], location);
    return { problems: location.problems, warnings };
  };

  it('accepts container and actor steps', () => {
    const steps = [
      { name: 'a', action: container },
      { name: 'b', action: '$[[b]]' },
    ];
    expect(check({ steps })).toEqual({ problems: [], warnings: [] });
  });

  it.each([
    ['func', { func: 'len' }, "'len' is not the path of a Python function"],
    ['func', { func: 'os;x.y' }, "'os;x.y' is not the path of a Python function"],
    ['func', { func: '$[[a]].f' }, "'$[[a]].f' is not the path of a Python function"],
    ['arg', { func: 'a.b', arg: 'a-b' }, "'a-b' is not a name"],
    ['notebook', { notebook: '$[[a]]' }, "the path '$[[a]]' cannot contain braces or references"],
    ['output', { notebook: 'a.ipynb', output: '{a}.ipynb' }, 'cannot contain braces'],
    ['params[0]', { notebook: 'a.ipynb', params: ['-r'] }, "'-r' is not a name"],
    ['requirements[0]', { notebook: 'a.ipynb', requirements: ['-r x'] }, "'-r x' is not a package"],
    ['requirements[0]', { notebook: 'a.ipynb', requirements: ['./code'] }, "'./code' is not a package"],
    ['requirements[0]', { notebook: 'a.ipynb', requirements: ['x @ file:///a'] }, 'is not a package'],
  ])('rejects a wrong %s of a code or notebook step: %j', (element, action, message) => {
    const { problems } = check(oneStep(action));
    expect(problems).toEqual([
      {
        kind: 'invalid',
        path: `workflow.steps[0].action.${element}`,
        message: expect.stringContaining(message),
        code: 'template.invalid',
      },
    ]);
  });

  it('accepts packages of a notebook by name, version, extras, marker and link', () => {
    const requirements = [
      ...['numpy', 'numpy==2.1', 'a.b-c>=1,<2', 'x[y, z]~=1.0', "pywin; sys_platform == 'win32'"],
      ...['tool @ https://example.org/tool.zip', 'tool@git+https://example.org/tool'],
    ];
    expect(check(oneStep({ notebook: 'a.ipynb', requirements })).problems).toEqual([]);
  });

  it('warns about each step with textual expansion, also if the workflow sets it', () => {
    const steps = [
      { name: 'a', action: container },
      { name: 'b', action: container, expansion: 'variables' },
    ];
    expect(check({ steps }).warnings).toEqual([]);
    const [warning, ...others] = check({ steps, expansion: 'text' }).warnings;
    expect([warning?.code, others]).toEqual(['expansion.text', []]);
    expect(warning?.message).toMatch(/^workflow\.steps\[0\]\.action: step 'a'/);
    const legacy = { workflow: { specification: { steps: [{ ...container, expansion: 'text' }] } } };
    expect(check(legacy).warnings).toHaveLength(1);
  });

  it('finds all problems in one pass, each with its location', () => {
    const steps = [
      { action: { environment: 3, commands: ['a', 5] }, files: { outputs: 'a' } },
      { name: 'b', action: { environment: 'i', commands: ['eval $x', 'awk $1'] } },
      { name: 'c', expansion: 'shell' },
      'text',
    ];
    const { problems, warnings } = check({ steps, parameters: [{ x: 1 }, { a: 1, b: 2 }] });
    expect(problems.map(({ path }) => path)).toEqual([
      'workflow.steps[0]',
      'workflow.steps[2].action',
      'workflow.steps[3]',
      'workflow.parameters[1]',
      'workflow.steps[0].files.outputs',
      'workflow.steps[0].action.environment',
      'workflow.steps[0].action.commands[1]',
      'workflow.steps[2].expansion',
      'workflow.steps[1].action.commands[0]',
    ]);
    expect(warnings).toEqual([
      {
        code: 'command.fails',
        message: expect.stringMatching(/^workflow\.steps\[1\]\.action\.commands\[1\]: step 'b' will fail/),
      },
    ]);
  });

  it('reports the location in the legacy grammar', () => {
    const steps = [{ environment: 'i', commands: [1] }, 3];
    const spec = { inputs: { files: [2] }, workflow: { specification: { steps } } };
    expect(check(spec).problems.map(({ path }) => path)).toEqual([
      'workflow.workflow.specification.steps[1]',
      'workflow.inputs.files[0]',
      'workflow.workflow.specification.steps[0].commands[0]',
    ]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../shared/documents/yaml-document.ts';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { castArguments } from '../../shared/template/arguments.ts';
import { parameterViews } from '../../shared/template/parameters.ts';
import { parseTemplate } from '../../shared/template/template.ts';
import { checkTemplate } from '../../shared/workflows/check-template.ts';
import { planWith } from '../runs/default-plan.ts';

/** Templates with the structure of flowServ's own demos. */
const read = (name: string) =>
  parseYaml(readFileSync(new URL(`../fixtures/templates/${name}.yaml`, import.meta.url), 'utf8'));

/** Returns the plan of a run with these arguments. */
function plan(name: string, values: Readonly<Record<string, unknown>>) {
  const { workflow, parameters, outputs = [], results } = parseTemplate(read(name));
  const supplied = Object.entries(values).map(([parameter, value]) => ({ name: parameter, value }));
  const given = castArguments(parameters, supplied);
  return planWith({ workflow, parameters, given, outputs, resultFile: results?.file ?? null });
}

describe('the top-tagger template', () => {
  it('is valid, with its post-processing', () => {
    expect(checkTemplate(read('top-tagger'))).toEqual({ problems: [], warnings: [] });
  });

  it('I3: runs a supplied step, and skips an optional step that is not supplied', () => {
    const { steps, outputs } = plan('top-tagger', { classify: { environment: 'test', commands: ['run'] } });
    expect(steps.map(({ name, skipped, image }) => [name, skipped, image])).toEqual([
      ['step_1', true, ''],
      ['step_2', false, 'test'],
      ['step_3', false, 'jets:1.0'],
    ]);
    expect(outputs).toContain('results/scores.json');
  });
});

describe('the multi-step template', () => {
  it('I2: has a notebook step and a container step, of which the notebook step needs an image', () => {
    const template = parseTemplate(read('multi-step'));
    const { steps } = parseSerialWorkflow(template.workflow);
    expect(steps.map(({ name, action }) => [name, action.kind])).toEqual([
      ['greet', 'notebook'],
      ['measure', 'container'],
    ]);
    const { problems, warnings } = checkTemplate(read('multi-step'));
    expect(problems.map(({ path }) => path)).toEqual(['workflow.steps[0].action']);
    expect(problems[0]?.message).toBe(
      "step 'greet': a notebook step needs an image; add 'environment: <image>' with papermill and a Jupyter kernel to its action, or map it to a worker of type 'nbdocker'",
    );
    expect(warnings).toEqual([]);
  });
});

describe('the legacy template', () => {
  it('is valid, and is served in canonical spelling', () => {
    expect(checkTemplate(read('legacy'))).toEqual({ problems: [], warnings: [] });
    const { parameters, parameterGroups, results } = parseTemplate(read('legacy'));
    expect(parameterViews(parameters)).toMatchObject([
      {
        name: 'code',
        label: 'Code file',
        help: 'A Python program',
        dtype: 'file',
        target: null,
        group: 'code',
      },
      { name: 'environ', label: 'Environment', dtype: 'select', isRequired: false },
      { name: 'threshold', dtype: 'float', isRequired: false },
      { name: 'verbose', dtype: 'bool', defaultValue: false },
    ]);
    expect(parameterGroups).toEqual([{ name: 'code', title: 'Your code', index: 0 }]);
    expect(results?.columns.map(({ name, label, dtype }) => [name, label, dtype])).toEqual([
      ['deviation', 'Deviation', 'float'],
      ['exact', 'Exact predictions', 'int'],
    ]);
  });

  it('runs with its defaults, and with a participant’s arguments', () => {
    const byDefault = plan('legacy', {});
    expect(byDefault.steps[0]).toMatchObject({ image: 'python:3.7' });
    expect(byDefault.steps[0]?.commands[0]).not.toContain('--verbose');
    const chosen = plan('legacy', { environ: 'python:3.8', verbose: true });
    expect(chosen.steps[0]).toMatchObject({ image: 'python:3.8' });
    expect(chosen.steps[0]?.commands[0]).toContain('--verbose');
    expect(chosen.steps[0]?.variables).toMatchObject({ FLOWSERV_ARG_codefile: 'code/predict.py' });
  });
});

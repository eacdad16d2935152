import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PythonMapping } from '../../shared/documents/python-value.ts';
import type { PlannedStep } from '../../shared/engine/run-plan.ts';
import { stepScript } from '../../shared/engine/step-script.ts';
import { castArguments } from '../../shared/template/arguments.ts';
import { parseParameters } from '../../shared/template/parameters.ts';
import { planWith } from './default-plan.ts';

const image = { environment: 'python:3.9' };
const commands = [
  '${python} code/score.py --text="$[[text]]" -- "${file}" $unknown "$list" $[[flag ? --on : "--off ${text}"]]',
  'cat -- "$[[file]]" | sort > out.txt',
];
const config = {
  workers: [
    { name: 'w', type: 'docker', env: { A: 'a' }, variables: { python: 'python3 -I' } },
    { image: 'mine:1', worker: 'docker', args: { variables: { python: 'secret' }, env: { KEY: 'secret' } } },
  ],
  workflow: [{ step: 'score', worker: 'w' }],
};
const references = { text: '$[[text]]', file: '$[[file]]', list: '$[[list]]' };
const current: PythonMapping = {
  parameters: references,
  steps: [
    { name: 'prepare', action: { ...image, commands, env: { B: 'b' } } },
    { name: 'own', action: '$[[step]]' },
    { name: 'score', action: { ...image, commands } },
  ],
};
const legacy: PythonMapping = {
  inputs: { parameters: references },
  workflow: { specification: { steps: [{ name: 'prepare', ...image, commands }, '$[[step]]'] } },
};
const parameters = parseParameters([
  { name: 'text', dtype: 'string' },
  { name: 'flag', dtype: 'bool' },
  { name: 'file', dtype: 'file' },
  { name: 'list', dtype: 'list', para: { name: 'x', dtype: 'string', index: 0, isRequired: true } },
  { name: 'step', dtype: 'actor' },
]);

interface Request {
  readonly text: string;
  readonly path: string;
  readonly list: readonly string[];
  readonly image: string;
  readonly commands: readonly string[];
  readonly added: Readonly<Record<string, string>>;
}

/** Returns the steps of the plan of a run that a participant requests. */
function stepsFor(workflow: PythonMapping, flag: boolean, asked: Request): readonly PlannedStep[] {
  const names = Object.keys(asked.added).filter((name) => parameters.every((own) => own.name !== name));
  const added = parseParameters(names.map((name) => ({ name, dtype: 'string', isRequired: false })));
  const all = [...parameters, ...added];
  const given = castArguments(all, [
    { name: 'text', value: asked.text },
    { name: 'flag', value: flag },
    { name: 'file', value: { type: '$file', value: { fileId: 'f', targetPath: asked.path } } },
    { name: 'list', value: asked.list },
    {
      name: 'step',
      value: { environment: asked.image, commands: asked.commands, env: { PYTHONPATH: asked.text } },
    },
    ...names.map((name) => ({ name, value: asked.added[name] })),
  ]);
  return planWith({ workflow, parameters: all, given, config, resultFile: 'result.json' }).steps;
}

/** Returns a step with its script, but without the values of its variables. */
function withoutValues(step: PlannedStep): PlannedStep & { readonly script: string } {
  const names = Object.keys(step.variables);
  const empty = { ...step, variables: Object.fromEntries(names.map((name) => [name, ''])) };
  return { ...empty, script: stepScript(empty) };
}

const isOwn = ({ index }: PlannedStep) => index === 1;
const organisers = (steps: readonly PlannedStep[]) => steps.filter((step) => !isOwn(step)).map(withoutValues);

const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => !value.includes('\0'));
const notBlank = text.filter((value) => value.trim() !== '');
const request: fc.Arbitrary<Request> = fc.record({
  text: fc.oneof(text, fc.constantFrom('$(id)', "';id;'", '$[[file]]', '${python}', '$$HOME', '\n', '../x')),
  path: fc
    .array(fc.stringMatching(/^[a-z$ ';"(){}*-]{1,12}$/), { minLength: 1, maxLength: 3 })
    .map((names) => names.join('/')),
  list: fc.array(text, { maxLength: 3 }),
  image: fc.constantFrom('python:3.9', 'mine:1', `own/image@sha256:${'a'.repeat(64)}`),
  commands: fc.array(
    notBlank.map((value) => value.replaceAll('$', '')).filter((value) => value.trim() !== ''),
    {
      minLength: 1,
      maxLength: 2,
    },
  ),
  added: fc.dictionary(fc.constantFrom('own', 'more', 'PATH', '__proto__'), text),
});
const plain: Request = { text: 'x', path: 'x', list: [], image: 'x', commands: ['true'], added: {} };

describe('the plan of a run', () => {
  it.each([
    ['current', current],
    ['legacy', legacy],
  ])(
    "keeps a participant's input out of the organiser's steps, except in values of variables, in the %s grammar",
    (_, workflow) => {
      fc.assert(
        fc.property(request, fc.boolean(), (asked, flag) => {
          const steps = stepsFor(workflow, flag, asked);
          expect(organisers(steps)).toEqual(organisers(stepsFor(workflow, flag, plain)));
          const names = steps.flatMap((step) => (isOwn(step) ? [] : Object.keys(step.variables)));
          expect(names.filter((name) => !name.startsWith('FLOWSERV_ARG_'))).toEqual([]);
          expect(steps[1]?.env).toEqual({});
        }),
      );
    },
  );

  it('rejects a template that would put an argument into the environment of a step', () => {
    const action = { ...image, commands: ['true'], env: { PYTHONPATH: '$[[text]]' } };
    const workflow = { steps: [{ name: 's', action }] };
    expect(() => stepsFor(workflow, true, plain)).toThrow(
      'workflow.steps[0].action.env.PYTHONPATH: an argument cannot be in the environment of a step; use $[[text]] in a command',
    );
  });
});

describe('a step of the organiser that runs a file of an argument', () => {
  it("is one in which a participant's code may run, with and without private files", () => {
    const program = parseParameters([{ name: 'program', dtype: 'file', target: 'program.py' }]);
    const workflow: PythonMapping = {
      steps: [
        { name: 'predict', action: { ...image, commands: ['python3 program.py'] } },
        { name: 'score', action: { ...image, commands: ['python3 code/score.py'] } },
      ],
    };
    const value = { type: '$file', value: { fileId: 'f' } };
    const given = castArguments(program, [{ name: 'program', value }]);
    for (const privateFiles of [[], ['truth/labels.csv']]) {
      const staticFiles = ['code/score.py'];
      const { steps } = planWith({ workflow, parameters: program, given, staticFiles, privateFiles });
      expect(steps.map(({ participantCode }) => participantCode)).toEqual([true, false]);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentOf, checkChoices } from '../../bin/commands/runs/argument-choice.ts';
import { askChoices } from '../../bin/commands/runs/argument-prompts.ts';
import type { Parameter as Served } from '../../shared/api/answers.ts';
import { exactJson, parseExactly } from '../../shared/documents/exact-json.ts';
import { isMapping, type PythonValue, pythonFloat } from '../../shared/documents/python-value.ts';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { type Arguments, castArguments, parseArguments } from '../../shared/template/arguments.ts';
import type { Parameter } from '../../shared/template/parameter.ts';
import { hasDefault, mustBeGiven } from '../../shared/template/parameter-types/must-be-given.ts';
import { parameterViews } from '../../shared/template/parameters.ts';
import { createScope } from '../../shared/template/scope.ts';
import { parseTemplate, type Template } from '../../shared/template/template.ts';
import { withNeededArguments } from '../../shared/workflows/check-parameters.ts';
import { checkTemplate } from '../../shared/workflows/check-template.ts';
import { planWith } from '../runs/default-plan.ts';
import { looseScalar, plainScalar, valueFor, type Written } from './arbitrary-parameters.ts';
import { asClient, cast, counter, declarations, RUNS, suppliedOf, valuesFor } from './parameter-cases.ts';

/** The ways in which a generated template uses a parameter. */
const uses = fc.constantFrom('nowhere', 'command', 'conditional', 'variable', 'files');
type Use = 'nowhere' | 'command' | 'conditional' | 'variable' | 'files';

function templateOf(written: readonly Written[], used: readonly Use[]) {
  const of = (use: Use, kinds: readonly string[] = []) =>
    written
      .filter(({ dtype }, i) => used[i] === use && !['actor', ...kinds].includes(dtype))
      .map(({ name }) => name);
  const values = [
    ...of('command').map((name) => `"$[[${name}]]"`),
    ...of('variable').map((_name, i) => `"\${v${i}}"`),
  ];
  const flags = of('conditional').map((name) => `$[[${name} ? --yes : --no]]`);
  const steps = written
    .filter(({ dtype }) => dtype === 'actor')
    .map(({ name }) => ({ name, action: `$[[${name}]]` }));
  const command = `python code/run.py ${flags.join(' ')} -- ${values.join(' ')}`;
  const files = {
    inputs: of('files', ['string', 'select', 'list', 'record', 'int', 'float', 'bool']).map(
      (name) => `$[[${name}]]`,
    ),
  };
  return {
    parameters: written,
    workflow: {
      parameters: Object.fromEntries(of('variable').map((name, i) => [`v${i}`, `$[[${name}]]`])),
      steps: [...steps, { name: 'run', files, action: { environment: 'i', commands: [command] } }],
    },
  };
}

function install(document: unknown): Template {
  expect(checkTemplate(document).problems).toEqual([]);
  const template = parseTemplate(document);
  return withNeededArguments(template, parseSerialWorkflow(template.workflow));
}

const templates = declarations.chain((written) =>
  fc.tuple(...written.map(() => uses)).map((used) => [written, install(templateOf(written, used))] as const),
);

describe('each accepted set of arguments', () => {
  const cases = templates.chain(([written, template]) =>
    fc.tuple(
      fc.constant(template),
      fc.oneof(valuesFor(written, plainScalar), valuesFor(written, looseScalar)),
    ),
  );

  /** Found with the seed 1046170707: the argument null is the word None in a command. */
  const option = { name: 'b', dtype: 'select', values: [{ name: 'One', value: null }] };
  const NULL_OPTION = install(templateOf([option], ['command']));

  it('becomes a plan whose commands get the values', () => {
    const count = counter();
    const check = ([{ parameters, workflow }, values]: readonly [Template, ReadonlyMap<string, unknown>]) => {
      const given = cast(parameters, suppliedOf(values));
      if (given === undefined || !isRunnable(given)) return;
      count.add('planned');
      const { steps } = planWith({ workflow, parameters, given });
      const scope = createScope(parameters, given);
      for (const parameter of parameters) {
        const inCommand = steps.at(-1)?.variables[`FLOWSERV_ARG_${parameter.name}`];
        if (inCommand !== undefined) expect(inCommand).toBe(scope.text(parameter.name));
      }
    };

    fc.assert(fc.property(cases, check), {
      numRuns: RUNS,
      examples: [[[NULL_OPTION, new Map([['b', null]])]]],
    });
    expect(count.of('planned')).toBeGreaterThan(RUNS / 5);
  });
});

/**
 * Whether a run can start. Two kinds of arguments that the schema accepts cannot be run: files with the same path, and
 * steps of a type that is not supported.
 */
function isRunnable(given: Arguments): boolean {
  const paths = [...given.values()].flatMap(({ files }) => files.map(({ targetPath }) => targetPath));
  const steps = [...given.values()].filter(({ value }) => isMapping(value) && value.commands === undefined);
  return (
    new Set(paths).size === paths.length &&
    !steps.some(({ value }) => isMapping(value) && ('func' in value || 'notebook' in value))
  );
}

describe('the prompt and the form', () => {
  const cases = templates
    .chain(([written, template]) =>
      fc.tuple(fc.constant(template), fc.tuple(...written.map((one) => valueFor(one, plainScalar)))),
    )
    .filter(
      ([{ parameters }, values]) =>
        cast(parameters, suppliedOf(namedValues(parameters, values))) !== undefined,
    );

  const namedValues = (parameters: readonly Parameter[], values: readonly unknown[]) =>
    new Map(parameters.map(({ name }, i) => [name, values[i]]));

  /**
   * Answers the prompts of `runs start`. Returns the chosen arguments, and the number of prompts for each parameter.
   */
  async function answer(shown: readonly Served[], textFor: (parameter: Served, time: number) => string) {
    const times = new Map<string, number>();
    const ask = async (question: string) => {
      const parameter = shown.find(({ name, dtype }) => question.startsWith(`${name} (${dtype})`));
      if (parameter === undefined) throw new Error(`a needless question: ${question}`);
      const time = (times.get(parameter.name) ?? 0) + 1;
      times.set(parameter.name, time);
      if (time > 2) throw new Error(`asked for ever: ${question}`);
      return textFor(parameter, time);
    };
    const questions = { ask, askHidden: ask, confirm: async () => false, close: () => {} };
    const files = [{ id: 'upload', name: 'up', createdAt: '', size: 1 }];
    const choices = await askChoices({ questions, note: () => {} }, { parameters: [...shown], files });
    return { choices, times };
  }

  /** The text that a user types for a value. */
  function textOf({ dtype, values = [] }: Served, value: unknown): string {
    const json = asClient(exactJson(value as PythonValue));
    if (dtype === 'file') return `upload:in/${json.value.fileId}`;
    if (dtype !== 'select') return typeof json === 'string' ? json : JSON.stringify(json);
    return (
      values.find((option) => JSON.stringify(option.value) === JSON.stringify(json))?.name ?? String(value)
    );
  }

  /**
   * Found with the seed 125024894: a client reads the option 2.0 as 2, which the default value does not spell. In a
   * record, where the entry omits it, and as the argument of an empty entry.
   */
  const two = {
    dtype: 'select',
    isRequired: false,
    defaultValue: '2.0',
    values: [{ name: 'Two', value: pythonFloat(2) }],
  };
  const inRecord = { name: 'a', dtype: 'record', fields: [{ name: 'type', ...two }] };
  const DEFAULT_AS_TEXT: [[Template, readonly unknown[], boolean]][] = [
    [[install(templateOf([inRecord], ['nowhere'])), [{}], false]],
    [[install(templateOf([{ name: 'a', ...two }], ['nowhere'])), ['Two'], true]],
  ];

  it('ask for every required argument, and the API accepts the answers (report 26)', async () => {
    const check = async ([{ parameters }, values, isEmpty]: readonly [
      Template,
      readonly unknown[],
      boolean,
    ]) => {
      const shown: Served[] = asClient(parameterViews(parameters));
      const named = namedValues(parameters, values);
      const { choices, times } = await answer(shown, (parameter, time) =>
        isEmpty && time === 1 ? '' : textOf(parameter, named.get(parameter.name)),
      );
      checkChoices({ parameters: shown }, choices);
      const supplied = choices.map((choice) => parseExactly(JSON.stringify(argumentOf(choice, 'upload'))));
      expect(() => castArguments(parameters, parseArguments(supplied))).not.toThrow();
      for (const parameter of shown) {
        const canBeEmpty = ['string', 'select'].includes(parameter.dtype);
        if (!isEmpty || !mustBeGiven(parameter)) expect(times.get(parameter.name)).toBe(1);
        else if (!canBeEmpty && !hasDefault(parameter.defaultValue))
          expect(times.get(parameter.name)).toBe(2);
      }
    };

    const given = cases.chain(([template, values]) =>
      fc.tuple(fc.constant(template), fc.constant(values), fc.boolean()),
    );
    await fc.assert(fc.asyncProperty(given, check), { numRuns: RUNS, examples: DEFAULT_AS_TEXT });
  });

  /** The value that flowServ's web page sends for a field: the default value that it shows, or the user's input. */
  function fieldOf({ dtype, target, defaultValue, ...declared }: Served, value: unknown): unknown {
    const isShown = hasDefault(defaultValue);
    if (dtype === 'file' && isShown)
      return { type: '$file', value: { fileId: '', ...(target ? { targetPath: target } : {}) } };
    if (!isShown && !mustBeGiven({ dtype, ...declared })) return undefined;
    const field = isShown ? defaultValue : asClient(exactJson(value as PythonValue));
    if (field === '' || field === 'inf' || field === '-inf')
      return field === '' && isShown ? undefined : field;
    return dtype === 'int' && typeof field !== 'boolean' ? Number.parseInt(String(field), 10) : field;
  }

  it('submit default values that the API accepts', () => {
    const check = ([{ parameters }, values]: readonly [Template, readonly unknown[]]) => {
      const named = namedValues(parameters, values);
      const fields = (asClient(parameterViews(parameters)) as Served[]).flatMap((parameter) => {
        const value = fieldOf(parameter, named.get(parameter.name));
        return value === undefined ? [] : [{ name: parameter.name, value }];
      });
      expect(() => castArguments(parameters, parseArguments(asClient(fields)))).not.toThrow();
    };

    fc.assert(fc.property(cases, check), { numRuns: RUNS });
  });
});

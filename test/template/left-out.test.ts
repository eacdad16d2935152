import { describe, expect, it } from 'vitest';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { argumentSchema } from '../../shared/template/argument-schema.ts';
import { castArguments } from '../../shared/template/arguments.ts';
import { parseTemplate } from '../../shared/template/template.ts';
import { withNeededArguments } from '../../shared/workflows/check-parameters.ts';
import { checkTemplate } from '../../shared/workflows/check-template.ts';
import { planWith } from '../runs/default-plan.ts';

/** A template with one parameter `n`, optional and without default value, and one step. */
const templateWith = (command: string, more: object = {}, workflow: object = {}, files: object = {}) => ({
  parameters: [{ name: 'n', dtype: 'bool', isRequired: false, ...more }],
  workflow: {
    ...workflow,
    steps: [{ name: 's', files, action: { environment: 'i:1', commands: [command] } }],
  },
});

/** Parses a template as installation does. */
function installed(document: unknown) {
  const template = parseTemplate(document);
  return withNeededArguments(template, parseSerialWorkflow(template.workflow));
}

/** Returns the command and files of a run without arguments. */
function run(document: unknown) {
  const { workflow, parameters } = installed(document);
  return planWith({ workflow, parameters, given: castArguments(parameters, []) }).steps[0];
}

const warningsOf = (document: unknown) => checkTemplate(document).warnings.map(({ message }) => message);

describe('an optional parameter without default value (report 8)', () => {
  it.each([
    ['a command', templateWith('echo "$[[n]]"'), "a command of step 's'"],
    ['a variable', templateWith('true', {}, { parameters: { x: 'a $[[n]]' } }), "the variable 'x'"],
    [
      'a variable of the legacy grammar',
      {
        parameters: [{ id: 'n', datatype: 'string', required: false }],
        workflow: {
          inputs: { parameters: { x: '$[[n]]' } },
          workflow: { specification: { steps: [{ environment: 'i:1', commands: ['true'] }] } },
        },
      },
      "the variable 'x'",
    ],
  ])('is required by schema, form and run, with a warning, if it is used in %s', (_where, document, user) => {
    const { parameters } = installed(document);

    expect(warningsOf(document)).toContainEqual(
      expect.stringMatching(
        /^parameters\[0\]: 'n' is required although .* uses it; give it a defaultValue, or use it in cond/,
      ),
    );
    expect(warningsOf(document).join()).toContain(user);
    expect(parameters[0]?.isRequired).toBe(true);
    expect(argumentSchema(parameters, 't').required).toEqual(['n']);
    expect(() => run(document)).toThrow("missing argument for 'n'");
  });

  it('stays optional in conditional references, which use their second branch when it is omitted', () => {
    const document = templateWith('tool $[[n ? --fast : --slow]] $[[n ? -v]]');

    expect(warningsOf(document)).toEqual([]);
    expect(installed(document).parameters[0]?.isRequired).toBe(false);
    expect(run(document)?.commands).toEqual(['tool --slow']);
  });

  it('stays optional in the file lists of a step, which omit it', () => {
    const files = { inputs: ['code/', '$[[n]]'], outputs: ['$[[n]]', 'out.txt'] };
    const document = templateWith('true', { dtype: 'file', target: 'data/n' }, {}, files);

    expect(warningsOf(document)).toEqual([]);
    expect(run(document)).toMatchObject({ inputs: ['code/'], outputs: ['out.txt'] });
  });

  it('stays optional if it has a default value, or supplies a step', () => {
    expect(warningsOf(templateWith('echo "$[[n]]"', { defaultValue: false }))).toEqual([]);
    const steps = [
      { name: 'own', action: '$[[n]]' },
      { name: 's', action: { environment: 'i:1', commands: ['true'] } },
    ];
    const document = { parameters: [{ name: 'n', dtype: 'actor', isRequired: false }], workflow: { steps } };
    expect(installed(document).parameters[0]?.isRequired).toBe(false);
    expect(run(document)?.skipped).toBe(true);
  });

  it('does not include a required actor with a default value, which only fills forms', () => {
    const step = { image: 'i', commands: ['true'] };
    const steps = [{ name: 'own', action: '$[[n]]' }];
    const document = {
      parameters: [{ name: 'n', dtype: 'actor', isRequired: true, defaultValue: step }],
      workflow: { steps },
    };
    const schema = argumentSchema(installed(document).parameters, 't');

    expect(schema).toMatchObject({ required: ['n'] });
    expect(() => run(document)).toThrow("missing argument for 'n'");
  });
});

describe('the organiser is warned', () => {
  it('about an int that is infinite by default, which stays valid (report 11)', () => {
    const document = templateWith('echo "$[[n]]"', { dtype: 'int', defaultValue: 'inf' });

    expect(checkTemplate(document).problems).toEqual([]);
    expect(warningsOf(document)).toEqual([expect.stringContaining("the int 'n' is infinite")]);
    expect(run(document)?.variables).toEqual({ FLOWSERV_ARG_n: 'inf' });
  });

  it('about an option that is marked as default but is not the default value', () => {
    const values = [
      { name: 'A', value: 'a', isDefault: true },
      { name: 'B', value: 'b', isDefault: true },
    ];
    const select = (more: object) => templateWith('true', { dtype: 'select', values, ...more });

    expect(warningsOf(select({}))).toEqual([expect.stringContaining("the option 'B' is marked as default")]);
    expect(warningsOf(select({ defaultValue: 'b' }))).toEqual([expect.stringContaining("the option 'A'")]);
  });
});

import type { Group, Parameter } from '../../../shared/api/answers.ts';
import { mustBeGiven } from '../../../shared/template/parameter-types/must-be-given.ts';
import type { Cli } from '../../session/cli.ts';
import type { ArgumentChoice } from './argument-choice.ts';
import type { ArgumentOption } from './argument-option.ts';
import { askTarget, needsTarget } from './argument-prompts.ts';
import { entryOf, parseValue } from './argument-value.ts';
import { type ChosenFile, findFile } from './chosen-file.ts';

/**
 * Returns the arguments of a run from options. Asks for the target path of a file if neither its option nor the
 * template has it.
 *
 * @throws Error with a sentence for the user
 */
export async function choicesOfOptions(
  cli: Cli,
  group: Group,
  options: readonly ArgumentOption[],
): Promise<ArgumentChoice[]> {
  const named = options.map(({ name, text }) => ({ parameter: parameterOf(group, name), text }));
  const choices: ArgumentChoice[] = [];
  for (const { parameter, text } of named) choices.push(...(await choiceOf(group, parameter, text)));
  // Checks that all files exist before it asks anything.
  for (const [i, choice] of choices.entries()) {
    if ('file' in choice) choices[i] = await withTarget(cli, parameterOf(group, choice.name), choice.file);
  }
  return choices;
}

function parameterOf({ parameters }: Group, name: string): Parameter {
  const parameter = parameters.find((candidate) => candidate.name === name);
  if (parameter) return parameter;
  const names = parameters.length === 0 ? 'none' : parameters.map((one) => one.name).join(', ');
  throw new Error(`unknown parameter '${name}'; there are ${names}`);
}

/** Returns the argument of a parameter from its text; an empty list if the argument is omitted. */
async function choiceOf(group: Group, parameter: Parameter, text: string): Promise<ArgumentChoice[]> {
  const { name } = parameter;
  try {
    if (entryOf(parameter) === 'file' && (text !== '' || mustBeGiven(parameter))) {
      return [{ name, file: await findFile(group, text) }];
    }
    const value = parseValue(parameter, text);
    return value === undefined ? [] : [{ name, value }];
  } catch (error) {
    throw new Error(`argument ${name}: ${error instanceof Error ? error.message : error}`);
  }
}

async function withTarget(cli: Cli, parameter: Parameter, file: ChosenFile): Promise<ArgumentChoice> {
  const { name } = parameter;
  if (!needsTarget(parameter, file)) return { name, file };
  cli.note(
    `argument ${name}: give the path of the file in the run directory, here or as -a ${name}=PATH:TARGET`,
  );
  return { name, file: await askTarget(cli, parameter, file) };
}

import type { Group, Parameter } from '../../../shared/api/answers.ts';
import { FlowservError } from '../../../shared/errors.ts';
import { hasDefault, mustBeGiven } from '../../../shared/template/parameter-types/must-be-given.ts';
import type { Cli } from '../../session/cli.ts';
import { type Column, formatTable } from '../../terminal/table.ts';
import { oneLine, shortTime } from '../../terminal/text.ts';
import { type ArgumentChoice, checkChoice } from './argument-choice.ts';
import { entryOf, InvalidEntry, parseValue, shownDefault } from './argument-value.ts';
import { type ChosenFile, findFile } from './chosen-file.ts';

const COLUMNS: readonly Column[] = [
  { name: 'ID', type: 'string' },
  { name: 'Name', type: 'string' },
  { name: 'Created at', type: 'string' },
];

/** The input and output of the prompts. */
export type Asking = Pick<Cli, 'questions' | 'note'>;

/**
 * Asks for the argument of each parameter in turn, and again after an invalid entry (flowServ
 * command line, interactive parameter input).
 *
 * @throws Aborted at the end of the input
 */
export async function askChoices(
  cli: Asking,
  group: Pick<Group, 'parameters' | 'files'>,
): Promise<ArgumentChoice[]> {
  const choices: ArgumentChoice[] = [];
  for (const parameter of group.parameters.toSorted((a, b) => a.index - b.index)) {
    const choice =
      entryOf(parameter) === 'file'
        ? await askFile(cli, group, parameter)
        : await askUntilRead(cli, () => askValue(cli, parameter));
    if (choice !== undefined) choices.push(choice);
  }
  return choices;
}

async function askUntilRead<T>(cli: Asking, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof InvalidEntry || error instanceof FlowservError)) throw error;
      cli.note(error.message);
    }
  }
}

function promptOf(parameter: Parameter): string {
  const { name, label, dtype } = parameter;
  const preset = shownDefault(parameter);
  const shown = preset === undefined ? '' : ` [default '${preset}']`;
  return `${oneLine(`${label ?? name} (${dtype})${shown}`)} $> `;
}

async function askValue(cli: Asking, parameter: Parameter): Promise<ArgumentChoice | undefined> {
  const { name } = parameter;
  const value = parseValue(parameter, await cli.questions.ask(promptOf(parameter)));
  if (value === undefined) return undefined;
  const choice = { name, value };
  checkChoice(parameter, choice);
  return choice;
}

/**
 * Asks for a file: an upload of the group by its identifier, or a file of this computer by its path, which is uploaded
 * later. If the template does not fix the target path, asks for it too.
 */
async function askFile(
  cli: Asking,
  group: Pick<Group, 'files'>,
  parameter: Parameter,
): Promise<ArgumentChoice | undefined> {
  const { files } = group;
  const rows = files.map((upload) => [upload.id, upload.name, shortTime(upload.createdAt)]);
  const file = await askUntilRead(cli, async () => {
    if (rows.length > 0) {
      const table = formatTable(COLUMNS, rows);
      cli.note('', 'Select file identifier from uploaded files:', '', ...table, '');
    }
    const entry = (await cli.questions.ask(promptOf(parameter))).trim();
    if (entry !== '') return readFile(group, entry);
    if (mustBeGiven(parameter)) throw new InvalidEntry('a file is required here');
    return undefined;
  });
  if (file === undefined) return undefined;
  const targetPath = file.targetPath ?? parameter.target ?? undefined;
  const placed = targetPath === undefined ? await askTarget(cli, parameter, file) : { ...file, targetPath };
  return { name: parameter.name, file: placed };
}

async function readFile(group: Pick<Group, 'files'>, entry: string): Promise<ChosenFile> {
  try {
    return await findFile(group, entry);
  } catch (error) {
    throw error instanceof Error ? new InvalidEntry(error.message) : error;
  }
}

/** Whether the target path of a file is not fixed. */
export const needsTarget = ({ target, defaultValue }: Parameter, { targetPath }: ChosenFile): boolean =>
  !targetPath && !target && !hasDefault(defaultValue);

/** Asks for the target path of a file; an empty answer selects the path of the template, if any. */
export function askTarget(cli: Asking, parameter: Parameter, file: ChosenFile): Promise<ChosenFile> {
  return askUntilRead(cli, async () => {
    const targetPath = (await cli.questions.ask('Target Path:')).trim() || undefined;
    const placed = { ...file, targetPath };
    checkChoice(parameter, { name: parameter.name, file: placed });
    return placed;
  });
}

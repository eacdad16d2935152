import type { Group, Parameter } from '../../../shared/api/answers.ts';
import type { Client, RunArgument } from '../../../shared/client/client.ts';
import { ApiError } from '../../../shared/client/error.ts';
import type { Cli } from '../../session/cli.ts';
import { type Column, formatTable } from '../../terminal/table.ts';
import { oneLine, shortTime } from '../../terminal/text.ts';
import { uploadPath } from './argument-options.ts';
import { entryOf, hasDefault, InvalidEntry, parseValue } from './argument-value.ts';

const COLUMNS: readonly Column[] = [
  { name: 'ID', type: 'string' },
  { name: 'Name', type: 'string' },
  { name: 'Created at', type: 'string' },
];

/**
 * Asks for the argument of each parameter in turn, and again after an entry that cannot be one (flowServ
 * command line, interactive parameter input).
 *
 * @throws Aborted at the end of the input
 */
export async function askArguments(cli: Cli, client: Client, group: Group): Promise<RunArgument[]> {
  const supplied: RunArgument[] = [];
  for (const parameter of group.parameters.toSorted((a, b) => a.index - b.index)) {
    const value = await askUntilRead(cli, () =>
      entryOf(parameter) === 'file'
        ? askFile(cli, client, group, parameter)
        : cli.questions.ask(promptOf(parameter)).then((text) => parseValue(parameter, text)),
    );
    if (value !== undefined) supplied.push({ name: parameter.name, value });
  }
  return supplied;
}

async function askUntilRead(cli: Cli, ask: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof InvalidEntry)) throw error;
      cli.note(error.message);
    }
  }
}

function promptOf({ name, label, dtype, defaultValue }: Parameter): string {
  const text = typeof defaultValue === 'string' ? defaultValue : JSON.stringify(defaultValue);
  const shown = hasDefault(defaultValue) ? ` [default '${text}']` : '';
  return `${oneLine(`${label ?? name} (${dtype})${shown}`)} $> `;
}

/**
 * A file: of the group's uploads by its identifier, or, while there are none, by the path of a file to upload.
 * Where the template leaves it open, the user says where the file lands.
 */
async function askFile(
  cli: Cli,
  client: Client,
  { id, files }: Group,
  parameter: Parameter,
): Promise<unknown> {
  if (files.length > 0) {
    const rows = files.map((file) => [file.id, file.name, shortTime(file.createdAt)]);
    const table = formatTable(COLUMNS, rows);
    cli.note('', 'Select file identifier from uploaded files:', '', ...table, '');
  }
  const entry = (await cli.questions.ask(promptOf(parameter))).trim();
  if (entry === '' && hasDefault(parameter.defaultValue)) return undefined;
  if (entry === '') throw new InvalidEntry('a file is needed here');
  const fileId = files.length > 0 ? entry : await uploadEntry(client, id, entry);
  const targetPath = parameter.target ?? ((await cli.questions.ask('Target Path:')).trim() || undefined);
  return { type: '$file', value: { fileId, ...(targetPath === undefined ? {} : { targetPath }) } };
}

/** A file that is not there, or that the server does not take, is a reason to ask again; no connection is none. */
async function uploadEntry(client: Client, groupId: string, path: string): Promise<string> {
  try {
    return await uploadPath(client, groupId, path);
  } catch (error) {
    const hopeless = !(error instanceof Error) || (error instanceof ApiError && error.status !== 413);
    throw hopeless ? error : new InvalidEntry(error.message);
  }
}

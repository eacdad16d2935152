import { Option } from 'commander';
import { readConfig } from '../../shared/config.ts';
import type { Warning } from '../../shared/documents/warning.ts';
import type { SourceOptions } from '../../shared/sources/folder.ts';
import { withoutCredentials } from '../../shared/sources/git.ts';
import { withSource } from '../../shared/sources/resolve.ts';
import { existingFile } from '../commands/options.ts';
import { oneLine } from '../terminal/text.ts';
import type { Cli } from './cli.ts';

/** Options of every command that reads a workflow's source. */
export interface SourceChoice {
  readonly name?: string;
  readonly description?: string;
  readonly instructions?: string;
  readonly specfile?: string;
  readonly manifest?: string;
  readonly branch?: string;
  readonly configfile?: string;
  readonly lastKeyWins?: true;
}

export const SOURCE = 'folder of the workflow, address of a git repository, or id that `flowserv repo` lists';

export const SOURCE_HELP = `
Options override the manifest. Paths of -i, -s and -m are used as given if they exist, else relative
to the source.`;

export const sourceOptions = (): readonly Option[] => [
  new Option('-n, --name <name>', 'name'),
  new Option('-d, --description <text>', 'description'),
  new Option('-i, --instructions <path>', 'file with the instructions for participants'),
  new Option('-s, --specfile <path>', 'file of the template'),
  new Option('-m, --manifest <path>', 'file of the manifest'),
  new Option('-b, --branch <name>', 'branch or tag of a git repository'),
  new Option('-c, --configfile <path>', 'engine configuration of the steps, JSON or YAML').argParser(
    existingFile,
  ),
  new Option('--last-key-wins', 'use the last of duplicate keys in manifest or template'),
];

/** A warning as a line, with the code that silences it in the manifest. */
export const warningLine = ({ code, message }: Warning): string => `warning: ${oneLine(message)} [${code}]`;

/** Calls `use` with the folder of a source, which is cloned if necessary, and the options for it. */
export function withChosenSource<T>(
  cli: Cli,
  source: string,
  choice: SourceChoice,
  use: (folder: string, options: SourceOptions) => Promise<T>,
): Promise<T> {
  const { repository, cloneSeconds } = readConfig(cli.env);
  const { name, description, instructions, specfile, branch, lastKeyWins } = choice;
  const settings = { repository, cloneSeconds, branch, onProgress: (line: string) => cli.note(line) };
  return withSource(source, settings, ({ folder, manifest }) =>
    use(folder, {
      name: name ?? null,
      description: description ?? null,
      instructions: instructions ?? null,
      specfile: specfile ?? null,
      manifest: choice.manifest ?? manifest ?? null,
      origin: withoutCredentials(source),
      lastKeyWins,
    }),
  );
}

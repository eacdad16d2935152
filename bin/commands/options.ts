import { existsSync, statSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Cli } from '../session/cli.ts';
import { variables } from '../session/identifiers.ts';

/** Adds one command below its parent. */
export type AddCommand = (parent: Command, cli: Cli) => void;

export interface WorkflowChoice {
  readonly workflow?: string;
}
export const workflowOption = () =>
  new Option('-w, --workflow <id>', `workflow; ${variables.workflow} if absent`);

export interface GroupChoice {
  readonly group?: string;
}
export const groupOption = () =>
  new Option('-g, --group <id>', `group; ${variables.group} or ${variables.workflow} if absent`);

export interface JsonChoice {
  readonly json?: true;
}
export const jsonOption = () => new Option('--json', 'print JSON instead of text');

/** What an organiser says about a disqualification. */
export interface ReasonChoice {
  readonly reason: string;
  readonly private?: true;
}
export const reasonOption = () => new Option('-r, --reason <text>', 'the reason').makeOptionMandatory();
export const privateOption = () => new Option('--private', 'only organisers read the reason');
export interface DeletionChoice {
  readonly now?: true;
}
export const nowOption = () => new Option('--now', 'remove the data at once: nothing can be restored');
/** How the question before a deletion ends. */
export const deletionText = (now: true | undefined): string => (now ? ', with no way to restore it' : '');

/** @param description of what belongs to the version */
export const versionOption = (description: string) =>
  new Option('--of-version <number>', description).argParser(versionNumber);

function versionNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 99_999) return number;
  throw new InvalidArgumentError('Write the number of a version.');
}

/** @param things that a list has */
export const limitOption = (things: string) =>
  new Option('-n, --limit <number>', `maximum number of ${things}, at most 1000`).argParser(listLength);

function listLength(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1000) return number;
  throw new InvalidArgumentError('Write a number from 1 to 1000.');
}

export const csvOption = () => new Option('--csv <file>', 'write a CSV to a file').conflicts('json');

export const outputOption = () => new Option('-o, --output <path>', 'file to write').makeOptionMandatory();

/** For arguments that must name an existing file. */
export function existingFile(path: string): string {
  if (!existsSync(path)) throw new InvalidArgumentError(`The file '${path}' does not exist.`);
  if (!statSync(path).isFile()) throw new InvalidArgumentError(`'${path}' is not a file.`);
  return path;
}

/** Names or identifiers separated by commas. */
export const commaList = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

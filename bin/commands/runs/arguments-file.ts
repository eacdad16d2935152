import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Option } from 'commander';
import { writeJson } from '../../../shared/documents/json-document.ts';
import { isMapping } from '../../../shared/documents/python-value.ts';
import { readDocumentFile } from '../../../shared/sources/document.ts';
import { existingFile } from '../options.ts';
import type { ArgumentOption } from './argument-option.ts';

export interface ArgumentsFileChoice {
  readonly argumentsFile?: string;
}

export const argumentsFileOption = () =>
  new Option(
    '--arguments-file <path>',
    'file with a mapping of parameters to arguments, YAML or JSON; options replace its entries',
  ).argParser(existingFile);

/**
 * Returns the arguments of a file and of options. An option replaces the entry of the file, and entries without a value
 * are left out.
 *
 * @returns undefined if there is neither a file nor an option
 * @throws FlowservError 400 unless the file is YAML or JSON
 */
export async function allArguments(
  path: string | undefined,
  options: readonly ArgumentOption[] | undefined,
): Promise<readonly ArgumentOption[] | undefined> {
  if (path === undefined) return options;
  const given = options ?? [];
  const replaced = new Set(given.map(({ name }) => name));
  const read = (await readArgumentsFile(path)).filter(({ name }) => !replaced.has(name));
  return [...read, ...given];
}

/** Reads each argument as the text that an option would have. */
async function readArgumentsFile(path: string): Promise<ArgumentOption[]> {
  const file = await realpath(path);
  const document = (await readDocumentFile(file, dirname(file))) ?? {};
  if (!isMapping(document)) throw new Error(`'${path}' must be a mapping of parameters to arguments`);
  return Object.entries(document).flatMap(([name, value]) =>
    value === null ? [] : [{ name, text: typeof value === 'string' ? value : writeJson(value) }],
  );
}

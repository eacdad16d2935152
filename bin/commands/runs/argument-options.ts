import { existsSync } from 'node:fs';
import type { Group, Parameter } from '../../../shared/api/answers.ts';
import type { Client, RunArgument } from '../../../shared/client/client.ts';
import { openUpload } from '../../../shared/client/local-files.ts';
import type { ArgumentOption } from './argument-option.ts';
import { entryOf, parseValue } from './argument-value.ts';

/**
 * The arguments of a run from options. A file is named by the identifier of an upload or by its path; it is
 * uploaded once all other arguments have been understood.
 *
 * @throws Error with a sentence for the user
 */
export async function argumentsOfOptions(
  client: Client,
  group: Group,
  options: readonly ArgumentOption[],
): Promise<RunArgument[]> {
  const read = options.map(({ name, text }) => {
    const parameter = group.parameters.find((candidate) => candidate.name === name);
    if (!parameter) throw new Error(`unknown parameter '${name}'; there are ${namesOf(group.parameters)}`);
    return entryOf(parameter) === 'file'
      ? { name, source: fileSource(group, parameter, text) }
      : { name, value: scalarValue(parameter, text) };
  });
  const supplied: RunArgument[] = [];
  for (const argument of read) {
    if (argument.source) {
      const fileId = argument.source.fileId ?? (await uploadPath(client, group.id, argument.source.path));
      supplied.push({ name: argument.name, value: { type: '$file', value: { fileId } } });
    } else if (argument.value !== undefined) {
      supplied.push({ name: argument.name, value: argument.value });
    }
  }
  return supplied;
}

function scalarValue(parameter: Parameter, text: string): unknown {
  try {
    return parseValue(parameter, text);
  } catch (error) {
    throw new Error(`argument ${parameter.name}: ${error instanceof Error ? error.message : error}`);
  }
}

function fileSource({ files }: Group, { name }: Parameter, text: string) {
  if (files.some(({ id }) => id === text)) return { fileId: text, path: text };
  if (existsSync(text)) return { path: text };
  throw new Error(`argument ${name}: '${text}' is neither a file here nor one that the group has uploaded`);
}

const namesOf = (parameters: readonly Parameter[]) =>
  parameters.length === 0 ? 'none' : parameters.map(({ name }) => name).join(', ');

/** @returns identifier of the upload */
export async function uploadPath(client: Client, groupId: string, path: string): Promise<string> {
  const { content, name, sha256 } = await openUpload(path);
  return (await client.files.upload(groupId, content, name, { sha256 })).id;
}

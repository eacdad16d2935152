import * as z from 'zod';
import { parseJson, writeJson } from '../documents/json-document.ts';
import type { PythonValue } from '../documents/python-value.ts';
import { commandNames } from '../engine/commands/command-names.ts';
import { parseSerialWorkflow } from '../engine/serial-workflow.ts';
import { invalid, unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { documentCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import { readLargeText } from '../store/large-text.ts';
import { declarationDocument } from '../template/declaration.ts';
import type { Parameter } from '../template/parameter.ts';
import { parameterViews, parseParameters } from '../template/parameters.ts';
import { MAX_STORED_LENGTH, type Template } from '../template/template.ts';
import { reportUnusable } from '../template/usability.ts';
import { readVersion } from '../workflows/version.ts';
import { type Group, groupEntryCodec } from './group.ts';

/** Declarations as they were checked; `parseParameters` reads them again. */
const parametersCodec = documentCodec<PythonValue>(
  'the parameters of a group',
  1,
  z.custom<PythonValue>(Array.isArray),
  {
    parse: (text) => parseJson(text, { name: 'parameters', maxLength: MAX_STORED_LENGTH }),
    stringify: ({ v, content }) => writeJson({ v, content }),
  },
);

/**
 * Returns the parameters of a group: those of the workflow's version as the organiser declared them, then those that
 * the group added. A declaration of the group is ignored if the template has a parameter of the same name, or if its
 * commands use the name, which a later version of the workflow may do.
 *
 * @throws FlowservError 404 if the group was deleted in the meantime
 */
export async function groupParameters(services: Services, group: Group): Promise<readonly Parameter[]> {
  const { template } = await readVersion(services, group.workflowId, group.version);
  return [...template.parameters, ...(await addedParameters(services, group, template))];
}

/**
 * Returns the same parameters as the HTTP API shows them.
 *
 * @throws FlowservError 404 if the group was deleted in the meantime
 */
export async function groupParameterViews(services: Services, group: Group): Promise<readonly unknown[]> {
  return parameterViews(await groupParameters(services, group));
}

async function addedParameters(
  services: Services,
  group: Group,
  template: Template,
): Promise<readonly Parameter[]> {
  if (!group.ownParameters) return [];
  const text = await readLargeText(services, keys.document(keys.group(group.id), 'parameters'));
  if (text === undefined) throw unknownObject('group', group.id);
  // Groups of earlier releases stored the whole list.
  const taken = namesInCommands(template);
  return beyond(template, parseParameters(parametersCodec.read(text))).filter(({ name }) => !taken.has(name));
}

/**
 * Checks the parameters of a new group.
 *
 * The values of added parameters are for steps that participants supply. A name that a command of the workflow uses for
 * something else is rejected, so that no reader confuses the two.
 *
 * @returns the added parameters, as text for storage; undefined without any
 * @throws FlowservError 400
 */
export function checkOwnParameters(declarations: readonly unknown[], template: Template): string | undefined {
  const added = beyond(template, parseParameters(declarations, reportUnusable));
  if (added.length === 0) return undefined;
  const taken = namesInCommands(template);
  const clash = added.find(({ name }) => taken.has(name));
  if (clash) {
    throw invalid(
      'group.parameters',
      `the commands of the workflow use '${clash.name}'; choose another name`,
    );
  }
  return parametersCodec.write(added.map(declarationDocument));
}

/** A parameter of a group that a version of its workflow does not accept. */
export interface LostParameter {
  readonly group: string;
  readonly parameter: string;
}

/**
 * Returns the parameters that groups added and that a template declares itself or uses in its commands: once it is
 * installed, the declarations of the groups are ignored.
 */
export async function groupsLosingParameters(
  services: Services,
  workflowId: string,
  template: Template,
): Promise<LostParameter[]> {
  const taken = new Set([...namesInCommands(template), ...template.parameters.map(({ name }) => name)]);
  const lost: LostParameter[] = [];
  for await (const item of services.table.range(keys.workflowGroups(workflowId))) {
    const { id, name: group, deleting } = groupEntryCodec.read(item);
    const text = deleting
      ? undefined
      : await readLargeText(services, keys.document(keys.group(id), 'parameters'));
    if (text === undefined) continue;
    const names = parseParameters(parametersCodec.read(text)).map(({ name }) => name);
    lost.push(...names.filter((name) => taken.has(name)).map((parameter) => ({ group, parameter })));
  }
  return lost;
}

const namesInCommands = ({ workflow }: Template): ReadonlySet<string> =>
  commandNames(parseSerialWorkflow(workflow));

function beyond(template: Template, declared: readonly Parameter[]): readonly Parameter[] {
  const names = new Set(template.parameters.map(({ name }) => name));
  return declared.filter(({ name }) => !names.has(name));
}

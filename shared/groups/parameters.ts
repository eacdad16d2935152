import * as z from 'zod';
import { parseJson, writeJson } from '../documents/json-document.ts';
import type { PythonValue } from '../documents/python-value.ts';
import { invalid, unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { documentCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import { readLargeText } from '../store/large-text.ts';
import { declarationDocument } from '../template/declaration.ts';
import type { Parameter } from '../template/parameter.ts';
import { parseParameters } from '../template/parameters.ts';
import { collectReferences } from '../template/references.ts';
import { MAX_STORED_LENGTH, type Template } from '../template/template.ts';
import { readVersion } from '../workflows/version.ts';
import type { Group } from './group.ts';

/** Declarations as they were checked; `parseParameters` takes them apart again. */
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
 * The parameters of a group: its own, or those of the workflow's version.
 *
 * @throws FlowservError 404 when the group has been deleted meanwhile
 */
export async function groupParameters(services: Services, group: Group): Promise<readonly Parameter[]> {
  const { template } = await readVersion(services, group.workflowId, group.version);
  if (!group.ownParameters) return template.parameters;
  const text = await readLargeText(services, keys.document(keys.group(group.id), 'parameters'));
  if (text === undefined) throw unknownObject('group', group.id);
  return parseParameters(parametersCodec.read(text));
}

/**
 * Checks the parameters that are to replace the template's for one group; the workflow stays the same, so
 * everything it refers to must be among them.
 *
 * @returns the list as text for storage
 * @throws FlowservError 400
 */
export function checkOwnParameters(declarations: readonly unknown[], template: Template): string {
  const parameters = parseParameters(declarations);
  const names = new Set(parameters.map(({ name }) => name));
  for (const name of collectReferences(template.workflow)) {
    if (!names.has(name)) {
      throw invalid(
        'group.parameters',
        `the workflow refers to parameter '${name}', which is not in the list`,
      );
    }
  }
  return parametersCodec.write(parameters.map(declarationDocument));
}

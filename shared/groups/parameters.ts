import { parseJson, writeJson } from '../documents/json-document.ts';
import { invalid, unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { readLargeText } from '../store/large-text.ts';
import { declarationDocument } from '../template/declaration.ts';
import type { Parameter } from '../template/parameter.ts';
import { parseParameters } from '../template/parameters.ts';
import { collectReferences } from '../template/references.ts';
import type { Template } from '../template/template.ts';
import { readVersion } from '../workflows/workflow.ts';
import type { Group } from './group.ts';

/** Longest stored list of parameters in characters, as for a whole template. */
const MAX_STORED_LENGTH = 100_000_000;

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
  return parseParameters(parseJson(text, { name: 'parameters', maxLength: MAX_STORED_LENGTH }));
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
  return writeJson(parameters.map(declarationDocument));
}

/**
 * Workflow templates: the document that an organiser writes, checked and in canonical spelling.
 *
 * The workflow specification in it is opaque here except for its parameter references; `engine` knows its grammar.
 *
 * Source: flowServ template specification, template document.
 */
import { defined, mappingAt } from '../documents/fields.ts';
import { parseJson, writeJson } from '../documents/json-document.ts';
import {
  below,
  type Location,
  report,
  reportUnknownParameter,
  withoutProblems,
} from '../documents/problem.ts';
import { type PythonMapping, type PythonValue, toPythonValue } from '../documents/python-value.ts';
import type { Warning } from '../documents/warning.ts';
import { declarationDocument } from './declaration.ts';
import { type OutputSpec, outputDocument, readOutputs } from './outputs.ts';
import type { Parameter } from './parameter.ts';
import { type ParameterGroup, readParameterGroups, warnOfUnknownGroups } from './parameter-groups.ts';
import { type DeclarationCheck, readParameterList } from './parameters.ts';
import { type Postproc, postprocDocument, readPostproc } from './postproc.ts';
import { visitReferences } from './references.ts';
import { type ResultSchema, readResultSchema, resultsDocument } from './result-schema.ts';
import { TEMPLATE_SECTIONS } from './template-sections.ts';
import { warnOfUnknownKeys } from './template-warnings.ts';
import { reportUnusable } from './usability.ts';

export interface Template {
  readonly workflow: PythonMapping;
  /** In the order of declaration; `displayOrder` returns the order of a form. */
  readonly parameters: readonly Parameter[];
  readonly parameterGroups?: readonly ParameterGroup[];
  readonly outputs?: readonly OutputSpec[];
  readonly results?: ResultSchema;
  readonly postproc?: Postproc;
}

/** Reads a section if it is present; null counts as absent. */
function section<T>(
  value: PythonValue | undefined,
  location: Location,
  read: (value: PythonValue, location: Location) => T,
): T | undefined {
  return value === undefined || value === null ? undefined : read(value, location);
}

function reportUndeclared(workflow: PythonMapping, names: ReadonlySet<string>, location: Location): void {
  visitReferences(workflow, location, ({ name }, where) => {
    if (!names.has(name)) reportUnknownParameter(where, name);
  });
}

/**
 * Reads a whole template and reports all its problems, in the order of the sections. If there are problems, the result
 * contains what could be read and serves only for further checks.
 *
 * Ignores unknown members of the template itself, with a warning. `modules` is the older name of `parameterGroups`.
 */
export function readTemplate(document: PythonValue, location: Location): Template {
  return readSections(document, location, reportUnusable);
}

function readSections(document: PythonValue, location: Location, check?: DeclarationCheck): Template {
  const fields = mappingAt(document, location);
  warnOfUnknownKeys(fields, TEMPLATE_SECTIONS, location);
  if ((fields.workflow ?? null) === null) report(location, "missing element 'workflow'");
  const at = below(location, 'workflow');
  const workflow = mappingAt(fields.workflow ?? {}, at);
  const { parameters, names } = readParameterList(fields.parameters, below(location, 'parameters'), check);
  reportUndeclared(workflow, names, at);
  const postproc = section(fields.postproc, below(location, 'postproc'), readPostproc);
  const groupsKey = (fields.parameterGroups ?? null) === null ? 'modules' : 'parameterGroups';
  const parameterGroups = section(fields[groupsKey], below(location, groupsKey), readParameterGroups);
  const outputs = section(fields.outputs, below(location, 'outputs'), readOutputs);
  const results = section(fields.results, below(location, 'results'), readResultSchema);
  warnOfUnknownGroups(parameters, parameterGroups, below(location, 'parameters'));
  return { workflow, parameters, ...defined({ parameterGroups, outputs, results, postproc }) };
}

/**
 * Checks a template in any spelling and converts it to canonical form.
 *
 * @param document plain data from `readDocumentFile`, `parseYaml` or `parseJson`.
 * @param warnings receives warnings for the organiser.
 * @throws the first problem: 404 for a reference to an undeclared parameter, 400 for all others.
 */
export function parseTemplate(document: unknown, warnings?: Warning[]): Template {
  const outcome = warnings && { warnings };
  return withoutProblems('', (location) => readTemplate(toPythonValue(document), location), outcome);
}

/** Returns the template as a document in canonical spelling; parsing it again gives an equal template. */
export function templateDocument(template: Template): PythonMapping {
  const { workflow, parameters, parameterGroups, outputs, results, postproc } = template;
  return {
    workflow,
    parameters: parameters.map(declarationDocument),
    ...defined({
      parameterGroups: parameterGroups?.map((group) => ({ ...group })),
      outputs: outputs?.map(outputDocument),
      results: results && resultsDocument(results),
      postproc: postproc && postprocDocument(postproc),
    }),
  };
}

/** Returns the template as text for storage. Nothing is lost: `10.0` stays a float and `10` an integer. */
export function serializeTemplate(template: Template): string {
  return writeJson(templateDocument(template));
}

/**
 * Maximum length of a stored template or a part of it, in characters: ten times the longest document, since canonical
 * spelling and JSON escapes make a text longer.
 */
export const MAX_STORED_LENGTH = 100_000_000;

/** Reads a text of `serializeTemplate`, including texts of releases that checked less. */
export function deserializeTemplate(text: string): Template {
  const document = parseJson(text, { name: 'template', maxLength: MAX_STORED_LENGTH });
  return withoutProblems('', (location) => readSections(toPythonValue(document), location));
}

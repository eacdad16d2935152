import { exactJson } from '../documents/exact-json.ts';
import { pythonText } from '../documents/python-text.ts';
import { isMapping, type PythonValue } from '../documents/python-value.ts';
import { effectiveDefault, mentionedFileIds } from '../template/arguments.ts';
import { namesFile } from '../template/named-files.ts';
import type { Parameter } from '../template/parameter.ts';
import { isFileArgument } from '../template/parameter-types/cast-context.ts';
import { type CrateFile, type Entity, fileEntity, idOfPath, placeFiles, ref } from './crate.ts';
import type { RunFacts, RunUpload } from './facts.ts';

/** Types of formal parameters (Bioschemas FormalParameter; schema.org, DataType). */
const DATA_TYPES: Readonly<Record<string, string>> = {
  bool: 'Boolean',
  int: 'Integer',
  float: 'Float',
  string: 'Text',
  select: 'Text',
};

/** What went into a run. */
export interface RunInputs {
  /** Formal parameters that have a value. */
  readonly parameters: readonly Entity[];
  /** Their values: files, or entities of the type `PropertyValue`. */
  readonly values: readonly Entity[];
  readonly files: readonly CrateFile[];
}

/**
 * Describes the arguments of a run, and its default values. An upload that was deleted is not part of the crate.
 *
 * @param hidden paths of private static files; declarations that name one have no default value here
 */
export function runInputs(
  { supplied, uploads }: Pick<RunFacts, 'supplied' | 'uploads'>,
  declared: readonly Parameter[],
  hidden: ReadonlySet<string>,
): RunInputs {
  const files = placeFiles('inputs', onePerPath(uploads.filter(({ name }) => name !== null)));
  const placed = new Map(files.map((file) => [file.id, file]));
  const given = new Map(supplied.map(({ name, value }) => [name, value]));
  const byName = new Map(declared.map((parameter) => [parameter.name, parameter]));
  const names = new Set([...byName.keys(), ...given.keys()]);
  const parameters: Entity[] = [];
  const values: Entity[] = [];
  for (const name of names) {
    const parameter = byName.get(name);
    const value = given.get(name) ?? (parameter && shownDefault(parameter, hidden));
    if (value === undefined || value === null) continue;
    const number = parameters.length + 1;
    const file = placed.get(fileIdOf(value) ?? '');
    const id = file ? idOfPath(file.path) : `#argument-${number}`;
    parameters.push(parameterEntity(number, name, parameter, file !== undefined, id));
    if (!file) values.push(valueEntity(id, name, value, number));
  }
  const exampleOf = new Map(
    parameters.map((entity) => [(entity.workExample as { '@id': string })['@id'], entity['@id']]),
  );
  return { parameters, values: [...files.map((file) => uploadEntity(file, exampleOf)), ...values], files };
}

const shownDefault = (parameter: Parameter, hidden: ReadonlySet<string>): PythonValue | undefined =>
  namesFile(parameter, hidden) ? undefined : effectiveDefault(parameter);

/** One upload may be the argument of several parameters, and have a path of its own in each. */
const onePerPath = (uploads: readonly RunUpload[]): RunUpload[] => [
  ...new Map(uploads.map((upload) => [upload.path, upload])).values(),
];

function fileIdOf(value: PythonValue): string | undefined {
  if (!isMapping(value) || !isFileArgument(value)) return undefined;
  const [id] = mentionedFileIds([{ name: '', value }]);
  return id;
}

function parameterEntity(
  number: number,
  name: string,
  parameter: Parameter | undefined,
  isFile: boolean,
  example: string,
): Entity {
  const type = isFile ? 'File' : (DATA_TYPES[parameter?.dtype ?? ''] ?? 'PropertyValue');
  return {
    '@id': `#parameter-${number}`,
    '@type': 'FormalParameter',
    conformsTo: ref('https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE'),
    name,
    additionalType: type,
    ...(parameter?.label === undefined ? {} : { description: parameter.label }),
    ...(parameter ? { valueRequired: parameter.isRequired } : {}),
    workExample: ref(example),
  };
}

const valueEntity = (id: string, name: string, value: PythonValue, number: number): Entity => ({
  '@id': id,
  '@type': 'PropertyValue',
  name,
  value: plainValue(value),
  exampleOfWork: ref(`#parameter-${number}`),
});

/** JSON-LD has no value for a list or a mapping, so these are JSON text; NaN and infinities are text too. */
function plainValue(value: PythonValue): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return pythonText(value);
  const json = exactJson(value);
  return typeof value === 'object' && (Array.isArray(value) || isMapping(value))
    ? JSON.stringify(json)
    : json;
}

function uploadEntity(
  file: CrateFile & { readonly name: string | null },
  exampleOf: ReadonlyMap<string, string>,
): Entity {
  const parameter = exampleOf.get(idOfPath(file.path));
  return fileEntity(file, {
    name: file.name,
    ...(parameter === undefined ? {} : { exampleOfWork: ref(parameter) }),
  });
}

import { writeJson } from '../documents/json-document.ts';
import { isList, isMapping, type PythonMapping, type PythonValue } from '../documents/python-value.ts';
import { declarationDocument } from '../template/declaration.ts';
import { displayOrder, type Parameter } from '../template/parameter.ts';
import { mustBeGiven } from '../template/parameter-types/must-be-given.ts';
import type { Dtype } from '../template/parameter-types/types.ts';
import { plainLines } from './plain-lines.ts';

const HEAD = `# The arguments of a run, one for each parameter: \`flowserv runs start --arguments-file arguments.yaml\`.
# A parameter without a value gets its default value. Paths of files are relative to the folder in which you call flowserv.
`;

/** How a value of each type is written. */
const KINDS: Readonly<Record<Dtype, string>> = {
  bool: 'true or false',
  int: 'an integer',
  float: 'a number',
  string: 'a text',
  select: 'one of the values below',
  file: 'the path of a file of yours',
  list: 'a list',
  record: 'a mapping',
  actor: 'a step: a mapping with `environment`, which is an image, and `commands`, a list',
};

/**
 * Writes a YAML file of arguments with every parameter explained. Parameters that may be omitted are comments with their
 * default values.
 */
export const argumentsFile = (parameters: readonly Parameter[]): string =>
  [HEAD, ...displayOrder(parameters).map(parameterText)].join('\n');

function parameterText(parameter: Parameter): string {
  const { name, label = name, help = '', defaultValue } = parameter;
  const about = [label, ...help.split('\n'), `${statusOf(parameter)}: ${KINDS[parameter.dtype]}`];
  const lines = [...about, ...detailsOf(declarationDocument(parameter), '')].flatMap(plainLines);
  const preset = defaultValue === undefined || defaultValue === null ? '' : ` ${writeJson(defaultValue)}`;
  const entry = `${keyOf(name)}:${preset}`;
  return [...lines.map((line) => `# ${line}`), mustBeGiven(parameter) ? entry : `# ${entry}`, ''].join('\n');
}

const statusOf = (parameter: Parameter): string => {
  if (mustBeGiven(parameter)) return 'Required';
  return parameter.defaultValue === undefined || parameter.defaultValue === null
    ? 'Optional'
    : 'Has a default value';
};

/** What a declaration requires of a value, and what the parts of the value are. */
function detailsOf({ range, values, target, para, fields }: PythonMapping, indent: string): string[] {
  const options = itemsOf(values).map(
    ({ name, value }) => `${indent}  ${writeJson(value ?? null)}: ${textOf(name)}`,
  );
  return [
    ...(typeof range === 'string' ? [`${indent}In the range ${range}`] : []),
    ...options,
    ...(typeof target === 'string' ? [`${indent}In the run directory, it is ${target}`] : []),
    ...(isMapping(para ?? null) ? partLines(para as PythonMapping, 'Each entry', indent) : []),
    ...itemsOf(fields).flatMap((field) => partLines(field, textOf(field.name), indent)),
  ];
}

function partLines(part: PythonMapping, title: string, indent: string): string[] {
  const { dtype, label } = part;
  const kind = Object.entries(KINDS).find(([name]) => name === dtype)?.[1] ?? textOf(dtype);
  const named = typeof label === 'string' ? ` (${label})` : '';
  return [`${indent}  ${title}${named}: ${kind}`, ...detailsOf(part, `${indent}  `)];
}

const itemsOf = (value: PythonValue | undefined): readonly PythonMapping[] =>
  isList(value) ? value.filter(isMapping) : [];

const textOf = (value: PythonValue | undefined): string =>
  typeof value === 'string' ? value : writeJson(value ?? null);

/** A plain key if it reads as a text in YAML, else a quoted one. */
const keyOf = (name: string): string =>
  /^[A-Za-z_][\w-]*$/.test(name) && !/^(?:null|true|false|yes|no|on|off|y|n)$/i.test(name)
    ? name
    : JSON.stringify(name);

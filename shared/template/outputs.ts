/** Output files that a run keeps, with hints for showing them. */
import { defined, displayText, listAt, mappingAt, onlyKnown, requiredPath } from '../documents/fields.ts';
import { below, type Location, report } from '../documents/problem.ts';
import { isMapping, type PythonMapping, type PythonValue } from '../documents/python-value.ts';

export interface OutputSpec {
  /** Normal relative path in the run directory; a final `/` means a folder with all its files. */
  readonly source: string;
  /** The file's name in run handles; by default the source. */
  readonly key: string;
  readonly title?: string;
  readonly caption?: string;
  /** How to read the file, e.g. `{type: 'csv', header: true}`; only clients use it. */
  readonly format?: PythonMapping;
  /** How to show the file; only clients use it. */
  readonly widget?: PythonValue;
}

function formatOf(fields: PythonMapping, location: Location): PythonMapping | undefined {
  const { format } = fields;
  if (format === undefined || format === null) return undefined;
  if (isMapping(format)) return format;
  report(below(location, 'format'), 'must be a mapping, e.g. {type: csv}');
  return {};
}

function readOutput(raw: PythonValue, location: Location): OutputSpec {
  const fields = mappingAt(raw, location);
  onlyKnown(fields, ['source', 'key', 'title', 'caption', 'format', 'widget'], location);
  const source = requiredPath(fields, 'source', 'any', location);
  return {
    source,
    key: displayText(fields, 'key', location) ?? source,
    ...defined({
      title: displayText(fields, 'title', location),
      caption: displayText(fields, 'caption', location),
      format: formatOf(fields, location),
      widget: fields.widget ?? undefined,
    }),
  };
}

/** Reads the list at a location. If two entries have the same source, the last one applies. */
export function readOutputs(value: PythonValue, location: Location): readonly OutputSpec[] {
  const outputs = listAt(value, location).map((output, i) => readOutput(output, below(location, i)));
  return [...new Map(outputs.map((output) => [output.source, output])).values()];
}

/** Returns an output as a mapping in canonical spelling. */
export function outputDocument(output: OutputSpec): PythonMapping {
  return { ...output };
}

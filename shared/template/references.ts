/**
 * Parameter references `$[[…]]` in texts of a workflow specification.
 *
 * Source: flowServ template specification, parameter references.
 */
import { below, type Location, report, withoutProblems } from '../documents/problem.ts';
import { isList, isMapping, type PythonValue } from '../documents/python-value.ts';

/** `$[[name]]` becomes a value, `$[[name ? a : b]]` one of two texts. */
export interface Reference {
  readonly name: string;
  /** The reference as written, brackets included. */
  readonly source: string;
  readonly branches?: {
    readonly whenTrue: string;
    /** Null if the reference has no second branch. */
    readonly whenFalse: string | null;
  };
}

const OPEN = '$[[';
const CLOSE = ']]';

/**
 * Returns the reference with this text between its brackets: the first `?` ends the name, the first `:` after it ends
 * the first branch.
 */
export function referenceOf(body: string): Reference {
  const source = OPEN + body + CLOSE;
  const question = body.indexOf('?');
  if (question === -1) return { name: body.trim(), source };
  const name = body.slice(0, question).trim();
  const rest = body.slice(question + 1);
  const colon = rest.indexOf(':');
  const whenTrue = (colon === -1 ? rest : rest.slice(0, colon)).trim();
  const whenFalse = colon === -1 ? null : rest.slice(colon + 1).trim();
  return { name, source, branches: { whenTrue, whenFalse } };
}

/** Splits one line. A bracket that is never closed is plain text. */
function splitLine(line: string, parts: (string | Reference)[]): void {
  let rest = 0;
  for (;;) {
    const open = line.indexOf(OPEN, rest);
    const close = open === -1 ? -1 : line.indexOf(CLOSE, open + OPEN.length);
    if (close === -1) break;
    addText(parts, line.slice(rest, open));
    parts.push(referenceOf(line.slice(open + OPEN.length, close)));
    rest = close + CLOSE.length;
  }
  addText(parts, line.slice(rest));
}

/** Adds literal text, joined to preceding literal text. */
function addText(parts: (string | Reference)[], text: string): void {
  if (text === '') return;
  const last = parts.at(-1);
  if (typeof last === 'string') parts[parts.length - 1] = last + text;
  else parts.push(text);
}

/**
 * Splits a text into literal texts and references. Joined again (`source` for references), they give the text. A
 * reference ends at the first `]]` and does not continue on the next line.
 */
export function splitReferences(text: string): readonly (string | Reference)[] {
  const parts: (string | Reference)[] = [];
  for (const line of text.split(/(?<=\n)/)) splitLine(line, parts);
  return parts;
}

/** Returns the reference that is the whole text, else undefined, as for `$[[a]] and $[[b]]`. */
export function wholeReference(text: string): Reference | undefined {
  const [only, ...others] = splitReferences(text);
  return typeof only === 'object' && others.length === 0 ? only : undefined;
}

/** Calls `found` for every reference in a value. Keys of mappings contain none. Reports nested lists. */
export function visitReferences(
  value: PythonValue,
  location: Location,
  found: (reference: Reference, location: Location) => void,
): void {
  if (typeof value === 'string') {
    for (const part of splitReferences(value)) if (typeof part === 'object') found(part, location);
  } else if (isList(value)) {
    for (const [i, item] of value.entries()) {
      const at = below(location, i);
      if (isList(item)) report(at, 'nested lists not allowed; put the inner list into a mapping');
      else visitReferences(item, at, found);
    }
  } else if (isMapping(value)) {
    for (const [key, item] of Object.entries(value)) visitReferences(item, below(location, key), found);
  }
}

/**
 * Returns the names of all parameters that a workflow specification refers to.
 *
 * @throws 400 if a list is directly inside a list.
 */
export function collectReferences(value: PythonValue): Set<string> {
  const names = new Set<string>();
  withoutProblems('', (location) => visitReferences(value, location, ({ name }) => names.add(name)));
  return names;
}

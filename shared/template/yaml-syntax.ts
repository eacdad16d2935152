/** YAML text to its syntax tree. The scalars are resolved later, by `convertYaml`. */
import { LineCounter, type Node, parseDocument, visit } from 'yaml';
import { invalidTemplate } from '../errors.ts';
import { MAX_DOCUMENT_LENGTH, type ReadOptions } from './json-document.ts';

/** The tag that stands for the content of another file, or of all files that match a pattern. */
export const INCLUDE_TAG = '!include';

export interface YamlSource {
  readonly name: string;
  readonly root: Node | null;
  readonly lines: LineCounter;
  /** Paths and patterns of all `!include` tags, each once. */
  readonly includes: readonly string[];
}

function includePaths(root: Node | null): string[] {
  const paths = new Set<string>();
  if (root !== null) {
    visit(root, {
      Scalar: (_, node) => {
        if (node.tag === INCLUDE_TAG) paths.add(String(node.value));
      },
    });
  }
  return [...paths];
}

/**
 * Parses one YAML document.
 *
 * Keys that are given twice are no error (the last one wins, as in PyYAML). Time grows linearly with the
 * length of the text, about a second for each megabyte.
 *
 * @throws 400 with `name:line:column` for the first syntax error, and when the text is too long.
 */
export function parseYaml(text: string, options: ReadOptions = {}): YamlSource {
  const { name = 'document', maxLength = MAX_DOCUMENT_LENGTH } = options;
  if (text.length > maxLength) throw invalidTemplate(`${name}: longer than ${maxLength} characters`);
  const lines = new LineCounter();
  // The failsafe schema leaves every scalar as text: numbers and booleans follow Python's rules, not YAML 1.2.
  const document = parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: lines,
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    // The parser recurses: a document of nothing but brackets ends its stack, which it reports as an error.
    const reason = error.message.includes('call stack') ? 'lists and mappings nest too deep' : error.message;
    throw invalidTemplate(`${name}:${line}:${col}: ${reason}`);
  }
  return { name, root: document.contents, lines, includes: includePaths(document.contents) };
}

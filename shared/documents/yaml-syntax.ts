/** Parses YAML text to its syntax tree. `convertYaml` resolves the scalars later. */
import { Lexer, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { invalidTemplate } from '../errors.ts';
import { MAX_DOCUMENT_LENGTH, type ReadOptions } from './json-document.ts';

/** The tag for the content of another file, or of all files that match a pattern. */
export const INCLUDE_TAG = '!include';

/**
 * Inside `[…]` and `{…}`, the brackets and commas of a reference belong to YAML, which causes the most common mistake.
 */
const QUOTE_HINT = '; inside [] and {} put a reference in quotes: "$[[name]]"';

export interface YamlSource {
  readonly name: string;
  readonly root: Node | null;
  readonly lines: LineCounter;
  /** Paths and patterns of all `!include` tags, without duplicates. */
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
 * Maximum number of tokens of a document, including blanks and line ends: some 200,000 list items. The syntax tree of
 * a larger document would take gigabytes, and its parser minutes.
 */
const MAX_YAML_TOKENS = 1_000_000;

/** Whether a text has too many tokens. A token has at least one character, with few exceptions. */
function hasTooManyTokens(text: string): boolean {
  if (text.length < MAX_YAML_TOKENS / 2) return false;
  let tokens = 0;
  for (const _token of new Lexer().lex(text)) {
    tokens += 1;
    if (tokens > MAX_YAML_TOKENS) return true;
  }
  return false;
}

/**
 * Parses one YAML document.
 *
 * Repeated keys are not an error here; `convertYaml` reports them. Time grows linearly with the number of tokens, to
 * some seconds for `MAX_YAML_TOKENS`.
 *
 * @throws 400 with `name:line:column` for the first syntax error, and if the text is too long or has too many tokens.
 */
export function parseYamlSource(text: string, options: ReadOptions = {}): YamlSource {
  const { name = 'document', maxLength = MAX_DOCUMENT_LENGTH } = options;
  if (text.length > maxLength) throw invalidTemplate(`${name}: longer than ${maxLength} characters`);
  if (hasTooManyTokens(text)) throw invalidTemplate(`${name}: more than ${MAX_YAML_TOKENS} YAML tokens`);
  const lines = new LineCounter();
  // The failsafe schema keeps every scalar as text: numbers and booleans follow Python's rules, not YAML 1.2.
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
    // The parser is recursive: a document that consists only of brackets overflows its stack, which it reports as an
    // error.
    const reason = error.message.includes('call stack') ? 'lists and mappings nest too deep' : error.message;
    const hint = text.split('\n', line)[line - 1]?.includes('$[[') ? QUOTE_HINT : '';
    throw invalidTemplate(`${name}:${line}:${col}: ${reason}${hint}`);
  }
  return { name, root: document.contents, lines, includes: includePaths(document.contents) };
}

/**
 * Reads template and manifest files, with the files they include.
 *
 * A suffix of `.json` means JSON, any other YAML. In YAML, `!include path` is replaced by the content of another file,
 * and `!include` with a pattern by the list of all matching files. Paths are relative to the folder of the first file,
 * also inside included files.
 *
 * Source: flowServ template specification, file formats and includes.
 */
import { dirname, join, resolve } from 'node:path';
import { MAX_DOCUMENT_LENGTH, type OnRepeatedKey, parseJson } from '../documents/json-document.ts';
import { MAX_PROBLEMS } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import { isList, isMapping, type PythonValue } from '../documents/python-value.ts';
import { hasWildcard, pathMatcher } from '../documents/wildcard.ts';
import { convertYaml, type SizedValue } from '../documents/yaml-document.ts';
import { parseYamlSource } from '../documents/yaml-syntax.ts';
import { invalidTemplate } from '../errors.ts';
import { containedPath, readTextFile, shownPath } from './contained-file.ts';
import { listSourceFiles } from './source-files.ts';

/** Maximum size of a file, and of all files that one document includes. */
export const MAX_DOCUMENT_BYTES = 10_000_000;

/** Maximum number of files that one document includes. */
export const MAX_INCLUDED_FILES = 1_000;

class DocumentReader {
  readonly #root: string;
  readonly #base: string;
  readonly #known = new Map<string, SizedValue>();
  readonly #onRepeatedKey: OnRepeatedKey;
  #bytesLeft = MAX_DOCUMENT_BYTES;

  constructor(root: string, base: string, onRepeatedKey: OnRepeatedKey) {
    this.#root = root;
    this.#base = base;
    this.#onRepeatedKey = onRepeatedKey;
  }

  /** Reads a file by its real path. `chain` contains the files that include one another up to this file. */
  async read(file: string, chain: readonly string[]): Promise<SizedValue> {
    const name = shownPath(this.#root, file);
    if (chain.includes(file)) throw invalidTemplate(`'${name}' includes itself`);
    const known = this.#known.get(file);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_INCLUDED_FILES)
      throw invalidTemplate(`more than ${MAX_INCLUDED_FILES} included files`);
    const text = await readTextFile(file, name, this.#bytesLeft);
    this.#bytesLeft -= Buffer.byteLength(text);
    const value = await this.#parse(file, name, text, chain);
    this.#known.set(file, value);
    return value;
  }

  async #parse(file: string, name: string, text: string, chain: readonly string[]): Promise<SizedValue> {
    const isRoot = chain.length === 0;
    const onRepeatedKey = this.#onRepeatedKey;
    if (name.endsWith('.json')) return measured(parseJson(text, { name, onRepeatedKey }), text);
    if (!isRoot && !/\.ya?ml$/.test(name)) return measured(text, text);
    const source = parseYamlSource(text, { name });
    const included = new Map<string, SizedValue>();
    for (const path of source.includes) {
      included.set(path, await this.#include(path, name, [...chain, file]));
    }
    return convertYaml(source, { included, onRepeatedKey });
  }

  async #include(path: string, from: string, chain: readonly string[]): Promise<SizedValue> {
    if (path.startsWith('/')) throw invalidTemplate(`${from}: !include needs a relative path, not '${path}'`);
    if (hasWildcard(path)) return this.#includeMatches(path, chain);
    const file = await containedPath(this.#root, join(this.#base, path));
    if (file === undefined) throw invalidTemplate(`${from}: the included file '${path}' does not exist`);
    return this.read(file, chain);
  }

  /** Returns the list of all matching files, ordered by path. */
  async #includeMatches(pattern: string, chain: readonly string[]): Promise<SizedValue> {
    const segments = pattern.split('/');
    const fixed = segments.slice(0, segments.findIndex(hasWildcard));
    const folder = resolve(this.#base, ...fixed);
    const inRoot = shownPath(this.#root, folder);
    await containedPath(this.#root, folder);
    const files = await listSourceFiles(this.#root, inRoot);
    if (files === undefined) return { value: [], size: 1, height: 1 };
    const matches = pathMatcher(segments.slice(fixed.length).join('/'));
    const items: SizedValue[] = [];
    for (const file of files) {
      const below = inRoot === '' ? file.path : file.path.slice(inRoot.length + 1);
      if (matches(below)) items.push(await this.read(file.absolutePath, chain));
    }
    return {
      value: items.map((item) => item.value),
      size: items.reduce((sum, item) => sum + item.size, 1),
      height: 1 + Math.max(0, ...items.map((item) => item.height)),
    };
  }
}

const reject = (message: string): never => {
  throw invalidTemplate(`${message}; remove one`);
};

/** Returns the size of a value without aliases, which is at most the length of its text. */
function measured(value: PythonValue, text: string): SizedValue {
  return { value, size: text.length + 1, height: heightOf(value) };
}

function heightOf(value: PythonValue): number {
  if (!isList(value) && !isMapping(value)) return 0;
  const inner = isList(value) ? value : Object.values(value);
  return inner.reduce<number>((height, item) => Math.max(height, heightOf(item) + 1), 1);
}

/**
 * Reads a document and everything it includes.
 *
 * @param file path of the document, which must be inside `root`.
 * @param root real path of the folder that no include may leave.
 * @param onRepeatedKey receives a message for each repeated key, without advice on how to fix it; the last value then
 *   applies.
 * @throws 400 with `file:line:column` for syntax errors and repeated keys. 400 also for missing files, paths and links
 *   that leave `root`, files that include themselves, and beyond `MAX_DOCUMENT_BYTES`, `MAX_INCLUDED_FILES` and
 *   `MAX_DOCUMENT_LENGTH` (with includes and aliases expanded).
 */
export async function readDocumentFile(
  file: string,
  root: string,
  onRepeatedKey: (message: string) => void = reject,
): Promise<PythonValue> {
  const real = await containedPath(root, file);
  if (real === undefined) throw invalidTemplate(`'${shownPath(root, resolve(root, file))}' does not exist`);
  let repeated = 0;
  const reader = new DocumentReader(root, dirname(real), (key, where) => {
    repeated += 1;
    if (repeated <= MAX_PROBLEMS) onRepeatedKey(`${where()}: the key '${quotedText(key)}' is given twice`);
  });
  const { value, size } = await reader.read(real, []);
  if (size > MAX_DOCUMENT_LENGTH + 1)
    throw invalidTemplate('the document is too long with its included files');
  return value;
}

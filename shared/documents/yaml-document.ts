/** Converts YAML documents to values, by the rules of PyYAML. */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { invalidTemplate } from '../errors.ts';
import { MAX_DOCUMENT_LENGTH, type OnRepeatedKey, type ReadOptions } from './json-document.ts';
import { isList, isMapping, MAX_DEPTH, type PythonMapping, type PythonValue } from './python-value.ts';
import { resolvePlainScalar, resolveTaggedScalar, type ScalarKind } from './yaml-scalar.ts';
import { INCLUDE_TAG, parseYamlSource, type YamlSource } from './yaml-syntax.ts';

/** A value with its size when all aliases are expanded. */
export interface SizedValue {
  readonly value: PythonValue;
  /** Characters of all scalars plus one for each node. */
  readonly size: number;
  /** Depth of nested lists and mappings; 0 for a scalar. */
  readonly height: number;
}

const SCALAR_TAGS = new Map<string, ScalarKind>([
  ['tag:yaml.org,2002:str', 'str'],
  ['tag:yaml.org,2002:int', 'int'],
  ['tag:yaml.org,2002:float', 'float'],
  ['tag:yaml.org,2002:bool', 'bool'],
  ['tag:yaml.org,2002:null', 'null'],
]);
const COLLECTION_TAGS = new Set(['!', 'tag:yaml.org,2002:map', 'tag:yaml.org,2002:seq']);

interface ConvertOptions extends Pick<ReadOptions, 'onRepeatedKey'> {
  /** Values of the files in the document's `!include` tags. */
  readonly included?: ReadonlyMap<string, SizedValue>;
  /** Maximum number of characters with all aliases expanded; default `MAX_DOCUMENT_LENGTH`. */
  readonly maxSize?: number | undefined;
}

class YamlConverter {
  readonly #source: YamlSource;
  readonly #included: ReadonlyMap<string, SizedValue>;
  readonly #maxSize: number;
  readonly #onRepeatedKey: OnRepeatedKey | undefined;
  readonly #anchors = new Map<string, SizedValue>();

  constructor(source: YamlSource, { included = new Map(), maxSize, onRepeatedKey }: ConvertOptions) {
    this.#source = source;
    this.#included = included;
    this.#maxSize = maxSize ?? MAX_DOCUMENT_LENGTH;
    this.#onRepeatedKey = onRepeatedKey;
  }

  #where(node: Node | null): string {
    const { line, col } = this.#source.lines.linePos(node?.range?.[0] ?? 0);
    return `${this.#source.name}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }

  #fault(node: Node | null, message: string) {
    return invalidTemplate(`${this.#where(node)}: ${message}`);
  }

  #checkSize(node: Node, size: number): void {
    if (size <= this.#maxSize) return;
    throw this.#fault(node, `with its aliases expanded the document exceeds ${this.#maxSize} characters`);
  }

  #sizedScalar(node: Scalar, text: string, value: PythonValue): SizedValue {
    this.#checkSize(node, text.length + 1);
    return { value, size: text.length + 1, height: 0 };
  }

  convert(node: unknown, depth: number): SizedValue {
    if (node === null || node === undefined) return { value: null, size: 1, height: 0 };
    if (isAlias(node)) {
      const anchored = this.#anchors.get(node.source);
      if (anchored === undefined)
        throw this.#fault(node, `alias *${node.source} refers to an anchor that is not complete above it`);
      return anchored;
    }
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) throw this.#fault(null, 'an unknown kind of node');
    const sized = isScalar(node) ? this.#scalar(node) : this.#collection(node, depth);
    // Registered after its content: a node that contains itself has no finite value and is rejected above.
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, sized);
    return sized;
  }

  #scalar(node: Scalar): SizedValue {
    const text = String(node.value ?? '');
    if (node.tag === INCLUDE_TAG) {
      const included = this.#included.get(text);
      if (included === undefined) throw this.#fault(node, `${INCLUDE_TAG} is not available in this document`);
      return included;
    }
    // `!` alone lets the text decide, like no tag.
    if (node.tag === undefined || node.tag === '!') {
      const value = node.type === 'PLAIN' ? resolvePlainScalar(text) : text;
      return this.#sizedScalar(node, text, value);
    }
    const kind = SCALAR_TAGS.get(node.tag);
    if (kind === undefined) throw this.#fault(node, `unknown tag ${node.tag}; only ${INCLUDE_TAG} is known`);
    const value = resolveTaggedScalar(text, kind);
    if (value === undefined) throw this.#fault(node, `the text is not a valid ${kind}`);
    return this.#sizedScalar(node, text, value);
  }

  #collection(node: YAMLMap | YAMLSeq, depth: number): SizedValue {
    if (node.tag !== undefined && !COLLECTION_TAGS.has(node.tag)) {
      throw this.#fault(node, `unknown tag ${node.tag}; only ${INCLUDE_TAG} with one path is known`);
    }
    // The depth limits the recursion here; the height also counts aliases and includes.
    const isTooDeep = (height: number) => depth + height > MAX_DEPTH;
    if (!isTooDeep(1)) {
      const sized = isMap(node) ? this.#mapping(node, depth + 1) : this.#list(node, depth + 1);
      if (!isTooDeep(sized.height)) return sized;
    }
    throw this.#fault(node, `lists and mappings nest more than ${MAX_DEPTH} deep`);
  }

  #list(node: YAMLSeq, depth: number): SizedValue {
    const items: PythonValue[] = [];
    let size = 1;
    let height = 0;
    for (const item of node.items) {
      const sized = this.convert(item, depth);
      items.push(sized.value);
      size += sized.size;
      height = Math.max(height, sized.height);
      this.#checkSize(node, size);
    }
    return { value: items, size, height: height + 1 };
  }

  #mapping(node: YAMLMap, depth: number): SizedValue {
    const merged: [string, PythonValue][] = [];
    const own: [string, PythonValue][] = [];
    const keys = new Set<string>();
    let size = 1;
    let height = 0;
    for (const pair of node.items) {
      const key = this.#key(node, pair);
      const sized = this.convert(pair.value, depth);
      size += key.text.length + sized.size;
      height = Math.max(height, sized.height);
      this.#checkSize(node, size);
      if (key.merges) {
        merged.push(...this.#mergedEntries(node, sized.value));
        continue;
      }
      if (keys.has(key.text))
        this.#onRepeatedKey?.(key.text, () => this.#where(isNode(pair.key) ? pair.key : node));
      keys.add(key.text);
      own.push([key.text, sized.value]);
    }
    // Keys of the mapping itself override merged ones, regardless of the position of the merge.
    return { value: Object.fromEntries([...merged, ...own]), size, height: height + 1 };
  }

  #key(node: YAMLMap, pair: Pair<unknown, unknown>): { text: string; merges: boolean } {
    if (pair.key === null) return { text: '', merges: false };
    if (!isScalar(pair.key)) throw this.#fault(node, 'a key must be plain text');
    const text = String(pair.key.value ?? '');
    return { text, merges: text === '<<' && pair.key.type === 'PLAIN' };
  }

  #mergedEntries(node: YAMLMap, value: PythonValue): [string, PythonValue][] {
    const sources: readonly PythonValue[] = isList(value) ? value : [value];
    if (!sources.every((source): source is PythonMapping => isMapping(source))) {
      throw this.#fault(node, "'<<' merges a mapping or a list of mappings");
    }
    // The first of several merged mappings applies.
    return sources.toReversed().flatMap((source) => Object.entries(source));
  }
}

/**
 * Converts a parsed document to values.
 *
 * Aliases share the value of their anchor, so memory stays linear. Their full size still counts towards `maxSize`,
 * which rejects documents that double with each line.
 *
 * @throws 400 with `name:line:column` for unknown tags or aliases, keys that are not text, an include that is not in
 *   `included`, nesting beyond `MAX_DEPTH` and a size beyond `maxSize` characters.
 */
export function convertYaml(source: YamlSource, options: ConvertOptions = {}): SizedValue {
  return new YamlConverter(source, options).convert(source.root, 0);
}

/** Reads a YAML document that includes no other file. Throws the errors of `parseYamlSource` and `convertYaml`. */
export function parseYaml(text: string, options: ReadOptions = {}): PythonValue {
  const { maxLength: maxSize, onRepeatedKey } = options;
  return convertYaml(parseYamlSource(text, options), { maxSize, onRepeatedKey }).value;
}

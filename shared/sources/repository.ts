/**
 * The index of a template repository: a list of benchmarks with the addresses to clone them from.
 *
 * Source: flowServ template specification, template repository.
 */
import { readFile, stat } from 'node:fs/promises';
import * as z from 'zod';
import { readRelativePath } from '../documents/relative-path.ts';
import { findUnicodeText } from '../documents/unicode-text.ts';
import { invalid } from '../errors.ts';

/** A benchmark in the index. */
export interface RepositoryEntry {
  readonly id: string;
  readonly description: string;
  /** Git address. */
  readonly url: string;
  /** Path of the manifest in the clone; if absent, the clone is searched for it. */
  readonly manifest?: string | undefined;
  readonly branch?: string | undefined;
}

/** 1 MiB: a few hundred bytes for each benchmark. */
const MAX_INDEX_BYTES = 1024 * 1024;
const INDEX_TIMEOUT_MS = 30_000;

const manifestPath = z
  .string()
  .refine((path) => readRelativePath(path, 'file').ok, 'must be a relative path');
/**
 * Options of `git clone`, in the spelling of GitPython. Indexes use `b` and `single_branch`. Other options, such as
 * `upload_pack`, would let an index run programs.
 */
const cloneArgument = z.object({
  key: z.enum(['b', 'branch', 'single_branch', 'depth'], {
    error: 'must be b, branch, single_branch or depth',
  }),
  value: z.unknown(),
});
const entrySchema = z.object({
  id: z.string().min(1),
  description: z.string().nullish(),
  url: z.string().min(1),
  manifest: manifestPath.nullish(),
  args: z.array(cloneArgument).nullish(),
});

/**
 * Reads an index.
 *
 * @param document parsed JSON.
 * @throws FlowservError 400 `repository.invalid` with the location of the first problem.
 */
export function parseRepository(document: unknown): readonly RepositoryEntry[] {
  const parsed = z.array(entrySchema).safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const location = issue?.path.map((key) => `[${String(key)}]`).join('') ?? '';
    throw invalid(
      'repository.invalid',
      `the repository index is invalid at '${location}': ${issue?.message}`,
    );
  }
  return parsed.data.map(({ id, description, url, manifest, args }) => {
    const branch = args?.find(({ key }) => key === 'b' || key === 'branch')?.value;
    return {
      id,
      description: description ?? '',
      url,
      manifest: manifest ?? undefined,
      branch: typeof branch === 'string' ? branch : undefined,
    };
  });
}

/** Returns the entry with this id, else the source itself as an address. */
export function resolveEntry(
  entries: readonly RepositoryEntry[],
  source: string,
): Pick<RepositoryEntry, 'url' | 'manifest' | 'branch'> {
  const { url, manifest, branch } = entries.find(({ id }) => id === source) ?? { url: source };
  return { url, manifest, branch };
}

/**
 * Loads an index.
 *
 * @param location URL (http or https) or path of a file.
 * @throws FlowservError 400 `repository.unreadable` if it cannot be read, `repository.invalid` if it is not an index.
 */
export async function loadRepository(location: string): Promise<readonly RepositoryEntry[]> {
  const text = await (/^https?:\/\//.test(location) ? download(location) : readIndexFile(location)).catch(
    (cause: unknown) => {
      const reason = reasonOf(cause);
      throw invalid(
        'repository.unreadable',
        `the repository index ${location} cannot be read: ${reason}`,
        cause,
      );
    },
  );
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalid('repository.invalid', `the repository index ${location} is not valid JSON`, cause);
  }
  return parseRepository(document);
}

/** Returns the reason of an error; a failed fetch has it only in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}, ${error.cause.message}` : error.message;
}

const tooLarge = () => new Error(`it has more than ${MAX_INDEX_BYTES} bytes`);

async function readIndexFile(path: string): Promise<string> {
  if ((await stat(path)).size > MAX_INDEX_BYTES) throw tooLarge();
  return textOf(await readFile(path));
}

async function download(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(INDEX_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`it responds with status ${response.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_INDEX_BYTES) throw tooLarge();
    parts.push(part);
  }
  return textOf(Buffer.concat(parts));
}

function textOf(bytes: Buffer): string {
  const text = findUnicodeText(bytes);
  if (text === undefined) throw new Error('it is not UTF-8 text');
  return text;
}

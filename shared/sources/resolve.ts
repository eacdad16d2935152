import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowservError, invalid } from '../errors.ts';
import { cloneRepository, withoutCredentials } from './git.ts';
import { loadRepository, type RepositoryEntry, resolveEntry } from './repository.ts';

export interface ResolveOptions {
  /** URL or file of the repository index. */
  readonly repository: string;
  /** Maximum time for a clone. */
  readonly cloneSeconds: number;
  /** Branch or tag of a git repository; overrides the branch in an index. */
  readonly branch?: string | undefined;
  /** Called with a line for each slow operation. */
  readonly onProgress?: (line: string) => void;
}

/** A source as a folder. */
export interface ResolvedSource {
  readonly folder: string;
  /** Path of the manifest from the repository index. */
  readonly manifest?: string;
}

/** A source that can only be a path. */
const PATH = /^\.{0,2}\//;

/** `https://…` and the like, or `user@host:path`. */
const GIT_ADDRESS = /^(?:[a-z][a-z0-9+.-]*:\/\/|[^\s/@:]+@[^\s/:]+:)/i;

/**
 * Provides a workflow's source as a folder and calls `use` with it. The source is a folder, the address of a git
 * repository, or the identifier of an entry of the repository index (flowServ template specification, template
 * repository and git sources). Removes a clone when `use` ends.
 *
 * @throws FlowservError 404 `source.unknown` if it is none of these, 400 if it cannot be cloned.
 */
export async function withSource<T>(
  source: string,
  options: ResolveOptions,
  use: (resolved: ResolvedSource) => Promise<T>,
): Promise<T> {
  // `use` reports a folder that does not exist.
  if (PATH.test(source) || (await isFolder(source))) return use({ folder: source });
  const { url, manifest, branch } = GIT_ADDRESS.test(source)
    ? resolveEntry([], source)
    : await repositoryEntry(source, options.repository);
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'flowserv-clone-'));
  try {
    options.onProgress?.(`cloning ${withoutCredentials(url)}`);
    await cloneRepository(url, folder, {
      branch: options.branch ?? branch,
      timeoutSeconds: options.cloneSeconds,
    });
    return await use({ folder, ...(manifest === undefined ? {} : { manifest: join(folder, manifest) }) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function isFolder(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() ?? false;
}

async function repositoryEntry(
  source: string,
  repository: string,
): Promise<Pick<RepositoryEntry, 'url' | 'manifest' | 'branch'>> {
  const entries = await loadRepository(repository).catch((error: unknown) => {
    if (!(error instanceof FlowservError)) throw error;
    throw invalid(
      'source.unknown',
      `'${source}' is neither a folder nor a git address, and ${error.message}`,
      error,
    );
  });
  const entry = resolveEntry(entries, source);
  if (entry.url !== source) return entry;
  throw new FlowservError(
    'source.unknown',
    `'${source}' is not a folder, a git address or an entry of the repository index; \`flowserv repo\` lists the entries`,
  );
}

import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowservError, invalid } from '../errors.ts';
import { cloneRepository, withoutCredentials } from './git.ts';
import { loadRepository, type RepositoryEntry, resolveEntry } from './repository.ts';

export interface ResolveOptions {
  /** URL or file of the repository index. */
  readonly repository: string;
  /** Longest time for a clone. */
  readonly cloneSeconds: number;
  /** Branch or tag of a git repository; stronger than that of an index. */
  readonly branch?: string | undefined;
  /** Told of what takes long. */
  readonly onProgress?: (line: string) => void;
}

/** A source as a folder. */
export interface ResolvedSource {
  readonly folder: string;
  /** Manifest that the repository index names. */
  readonly manifest?: string;
}

/** What can be nothing but a path. */
const PATH = /^\.{0,2}\//;

/** `https://…` and the like, or `user@host:path`. */
const GIT_ADDRESS = /^(?:[a-z][a-z0-9+.-]*:\/\/|[^\s/@:]+@[^\s/:]+:)/i;

/**
 * Makes a folder of a workflow's source and calls `use` with it: the source is a folder, the address of a git
 * repository, or the identifier of an entry of the repository index (flowServ template specification, template
 * repository and git sources). A clone is removed when `use` is done.
 *
 * @throws FlowservError 404 `source.unknown` when it is none of these, 400 when it cannot be cloned.
 */
export async function withSource<T>(
  source: string,
  options: ResolveOptions,
  use: (resolved: ResolvedSource) => Promise<T>,
): Promise<T> {
  // Whoever uses a folder that is none says so.
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
      `'${source}' is no folder and no git address, and ${error.message}`,
      error,
    );
  });
  const entry = resolveEntry(entries, source);
  if (entry.url !== source) return entry;
  throw new FlowservError(
    'source.unknown',
    `'${source}' is no folder, no git address and no entry of the repository index; \`flowserv repo\` lists those`,
  );
}

import { EngineError } from '../engine-error.ts';
import { cwlDirectory, cwlFile, listedFiles } from './responses.ts';
import { OUTPUTS } from './scripts.ts';

/** Depth of folders, as of paths in a run (`staging/paths.ts`). */
const MAX_DEPTH = 64;
/** Entries of all folders: ten times the files that a run may keep. */
const MAX_ENTRIES = 100_000;

/** A file among the outputs of a run, as the server describes it. */
export interface OutputFile {
  /** Path in the folder of the run; not checked. */
  readonly path: string;
  readonly size: number | undefined;
  /** An address, or a reference that is relative to the run's log. */
  readonly location: string;
}

/**
 * Reads the files to keep from the outputs of a run, which are in one folder: as a `Directory` of the Common Workflow
 * Language with its listing, or as Sapporo's list of files.
 *
 * @throws EngineError, which is permanent, if they have another form or are too many
 */
export function readOutputs(outputs: unknown): OutputFile[] {
  const listed = listedFiles.safeParse(outputs).data;
  if (listed) {
    const prefix = `${OUTPUTS}/`;
    return listed
      .filter(({ file_name: name }) => name.startsWith(prefix))
      .map(({ file_name: name, file_url: location }) => ({
        path: name.slice(prefix.length),
        size: undefined,
        location,
      }));
  }
  const folder = cwlDirectory.safeParse(outputOf(outputs)).data;
  if (!folder) throw unusable('the outputs of the run have no folder with a listing');
  return filesOf(folder.listing);
}

/** The value of our output. Some servers put the id of the workflow before its name. */
function outputOf(outputs: unknown): unknown {
  const entries = Object.entries(typeof outputs === 'object' && outputs !== null ? outputs : {});
  return entries.find(([name]) => name === OUTPUTS || name.endsWith(`/${OUTPUTS}`))?.[1];
}

/** The files in a listing and in the folders below, without recursion. */
function filesOf(top: readonly unknown[]): OutputFile[] {
  const files: OutputFile[] = [];
  const waiting = [{ prefix: '', depth: 1, listing: top }];
  let entries = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    entries += next.listing.length;
    if (entries > MAX_ENTRIES) throw unusable(`the outputs are more than ${MAX_ENTRIES} files`);
    for (const entry of next.listing) {
      const file = cwlFile.safeParse(entry).data;
      const folder = file ? undefined : cwlDirectory.safeParse(entry).data;
      const name = (file ?? folder)?.basename ?? (file ? lastName(file.location) : '');
      if (name === '' || name.includes('/'))
        throw unusable('the outputs of the run do not have the form of CWL');
      const path = `${next.prefix}${name}`;
      if (file) files.push({ path, size: file.size ?? undefined, location: file.location });
      else if (folder && next.depth < MAX_DEPTH) {
        waiting.push({ prefix: `${path}/`, depth: next.depth + 1, listing: folder.listing });
      } else throw unusable(`the outputs have more than ${MAX_DEPTH} levels of folders`);
    }
  }
  return files;
}

/** The name of a file without `basename`: the end of its location (CWL v1.2, `File`). */
function lastName(location: string): string {
  const name = location.slice(location.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

const unusable = (message: string) => new EngineError(message, { isPermanent: true });

/** The error for an output that is not at the engine's own address. */
export function elsewhere({ path, location }: OutputFile): EngineError {
  const scheme = /^([a-z][a-z0-9+.-]{0,20}):/i.exec(location)?.[1]?.toLowerCase();
  const where =
    scheme === undefined || /^https?$/.test(scheme) ? 'another address' : `a location of '${scheme}:'`;
  return unusable(
    `the output '${path.slice(0, 200)}' is at ${where}, but only those at the address of the engine are read`,
  );
}

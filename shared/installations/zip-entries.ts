import type { Entry, ZipFile } from 'yauzl';
import { comparableName } from '../documents/display-name.ts';
import { quotedText } from '../documents/python-text.ts';
import { foldersAbove, readRelativePath } from '../documents/relative-path.ts';
import { invalid } from '../errors.ts';
import { isGitPath } from '../sources/contained-file.ts';
import { MAX_SOURCE_BYTES, MAX_SOURCE_FILES } from '../sources/source-files.ts';

/** A file of a zip that is to be unpacked. */
export interface ZipEntry {
  /** Normal relative path. */
  readonly path: string;
  readonly isExecutable: boolean;
  readonly entry: Entry;
}

/** What a zip may hold. */
export interface ZipLimits {
  readonly files: number;
  /** Of all files together, unpacked. */
  readonly bytes: number;
}
export const SOURCE_LIMITS: ZipLimits = { files: MAX_SOURCE_FILES, bytes: MAX_SOURCE_BYTES };

/** Compression methods: stored and deflated (PKWARE APPNOTE 4.4.5). */
const METHODS = new Set([0, 8]);
/** Kinds of files in the upper half of the external attributes, as in `st_mode`; 0 if the system has none. */
const KIND = 0o170000;
const REGULAR = new Set([0, 0o100000]);
/** What macOS adds about the files. */
const MAC_FOLDER = '__MACOSX/';

export const invalidZip = (message: string, cause?: unknown) => invalid('source.zip', message, cause);

/**
 * Reads the directory of a zip and checks all of it before anything is unpacked. Folders, Git's own files and what
 * macOS adds are left out.
 *
 * @throws FlowservError 400 for paths that are absolute, lead out of the folder or have a backslash, for links and
 *   devices, encrypted entries, names that are equal without regard to case and Unicode form, and beyond the limits
 */
export async function readZipEntries(zip: ZipFile, limits: ZipLimits): Promise<ZipEntry[]> {
  // Half of them may be folders.
  if (zip.entryCount > 2 * limits.files) throw invalidZip(`the zip has more than ${limits.files} files`);
  const found: ZipEntry[] = [];
  const names = createNameCheck();
  let bytes = 0;
  for await (const entry of zip.eachEntry()) {
    const path = pathOf(entry);
    if (path === undefined) continue;
    checkKind(entry, path);
    names.add(path);
    bytes += entry.uncompressedSize;
    if (bytes > limits.bytes) throw invalidZip(`the files of the zip have more than ${limits.bytes} bytes`);
    if (found.length === limits.files) throw invalidZip(`the zip has more than ${limits.files} files`);
    found.push({ path, isExecutable: (modeOf(entry) & 0o100) !== 0, entry });
  }
  return found;
}

/** The path of a file; undefined for an entry that is left out. */
function pathOf({ fileName }: Entry): string | undefined {
  const isFolder = fileName.endsWith('/');
  const reading = readRelativePath(fileName, isFolder ? 'folder' : 'file');
  if (!reading.ok) throw invalidZip(`the path '${quotedText(fileName)}' in the zip ${reading.fault}`);
  const { path } = reading;
  return isFolder || isGitPath(path) || path.startsWith(MAC_FOLDER) ? undefined : path;
}

const modeOf = ({ externalFileAttributes }: Entry): number => externalFileAttributes >>> 16;

function checkKind(entry: Entry, path: string): void {
  const shown = quotedText(path);
  if (!REGULAR.has(modeOf(entry) & KIND)) {
    throw invalidZip(`'${shown}' in the zip is a link or not a file; replace it by a file`);
  }
  if (entry.isEncrypted()) throw invalidZip(`'${shown}' in the zip is encrypted`);
  if (!METHODS.has(entry.compressionMethod)) {
    const { compressionMethod } = entry;
    throw invalidZip(
      `'${shown}' in the zip has the compression method ${compressionMethod}; use deflate, the standard one`,
    );
  }
}

/** Rejects names that are one name on some systems, and a file that is also a folder. */
function createNameCheck() {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  return {
    add(path: string): void {
      const key = comparableName(path);
      const other = files.get(key) ?? folders.get(key);
      if (other !== undefined) throw clash(other, path);
      files.set(key, path);
      for (const folder of foldersAbove(path)) {
        const folderKey = comparableName(folder);
        const known = files.get(folderKey) ?? folders.get(folderKey);
        if (known !== undefined && (known !== folder || files.has(folderKey))) throw clash(known, folder);
        folders.set(folderKey, folder);
      }
    },
  };
}

const clash = (one: string, other: string) =>
  invalidZip(
    `the names '${quotedText(one)}' and '${quotedText(other)}' in the zip are the same on some systems; rename one`,
  );

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { openPromise, type ZipFile } from 'yauzl';
import { FlowservError, unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { MANIFEST_NAMES } from '../template/manifest.ts';
import { inParts, type Source } from './sources.ts';
import { invalidZip, readZipEntries, SOURCE_LIMITS, type ZipEntry, type ZipLimits } from './zip-entries.ts';

const PREFIX = 'flowserv-install-';
/** A folder of this age is left of a function that was killed: no call takes so long. */
const LEFT_MS = 60 * 60_000;

/**
 * Calls `use` with the folder that an uploaded zip holds, on the disk of the function, and removes it afterwards.
 *
 * @throws FlowservError 400 for a zip that is not the declared one, or cannot be used
 */
export async function withUnpacked<T>(
  services: Services,
  source: Source,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const parent = await realpath(tmpdir());
  await removeLeft(parent);
  const folder = await mkdtemp(join(parent, PREFIX));
  try {
    const path = join(folder, 'source.zip');
    await fetchZip(services, source, path);
    const unpacked = join(folder, 'source');
    await mkdir(unpacked);
    await unpackZip(path, unpacked);
    await rm(path);
    return await use(await rootOf(unpacked));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeLeft(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(parent, name);
    const info = await stat(folder).catch(() => undefined);
    if (info && info.mtimeMs < Date.now() - LEFT_MS) await rm(folder, { recursive: true, force: true });
  }
}

/** Downloads a zip. Its size is bounded, as S3 joined only parts of the declared sizes. */
async function fetchZip({ objects }: Services, source: Source, path: string): Promise<void> {
  const { bucket, key } = inParts(source).upload;
  const object = await objects.open(bucket, key);
  if (!object) throw unknownObject('source', source.id);
  const hash = createHash('sha256');
  await pipeline(
    object.body,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path),
  );
  if (hash.digest('hex') !== source.sha256) {
    throw invalidZip('the uploaded zip has not the declared SHA-256; upload it again');
  }
}

/**
 * Unpacks a zip into an empty folder. Checks the whole directory of the zip first; what is unpacked is never more than
 * the directory says.
 *
 * @throws FlowservError 400 for a zip that is damaged or has something that a source must not have
 */
export async function unpackZip(path: string, folder: string, limits = SOURCE_LIMITS): Promise<void> {
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(path, { autoClose: false, strictFileNames: true, validateEntrySizes: true });
    await unpackEntries(zip, folder, limits);
  } catch (error) {
    if (error instanceof FlowservError || isOfSystem(error)) throw error;
    throw invalidZip(`the zip cannot be read: ${error instanceof Error ? error.message : error}`, error);
  } finally {
    zip?.close();
  }
}

/** An error of the disk, not of the zip. */
const isOfSystem = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

async function unpackEntries(zip: ZipFile, folder: string, limits: ZipLimits): Promise<void> {
  const made = new Set<string>();
  for (const entry of await readZipEntries(zip, limits)) {
    const target = join(folder, entry.path);
    const above = dirname(target);
    if (!made.has(above)) await mkdir(above, { recursive: true });
    made.add(above);
    await unpackEntry(zip, entry, target);
  }
}

async function unpackEntry(
  zip: ZipFile,
  { entry, path, isExecutable }: ZipEntry,
  target: string,
): Promise<void> {
  let checksum = 0;
  await pipeline(
    await zip.openReadStreamPromise(entry),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    },
    createWriteStream(target, { flags: 'wx', mode: isExecutable ? 0o755 : 0o644 }),
  );
  if (checksum !== entry.crc32) throw invalidZip(`'${path}' in the zip is damaged: its checksum is wrong`);
}

/** The folder with the manifest: many tools put all files of a zip into one folder. */
async function rootOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only] = entries;
  const isManifest = ({ name }: { readonly name: string }) => MANIFEST_NAMES.some((known) => known === name);
  if (entries.some(isManifest) || entries.length !== 1 || !only?.isDirectory()) return folder;
  return join(folder, only.name);
}

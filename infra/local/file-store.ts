import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { readVolumeFile } from '../volume-file.ts';
import { keptFile, writeKept } from './kept-file.ts';
import { makeFolder } from './make-folder.ts';

/** File in the folder of the files with the id of the server that they belong to. */
const MARK = 'file-store.json';
const schema = z.object({ id: z.uuid() });

/**
 * Returns the folder that `FLOWSERV_FILESTORE` selects for the files of a local server. The variable names a file with
 * the configuration of a storage volume of type `fs` (flowServ configuration reference).
 *
 * @throws Error for other types: the server needs an S3 of its own, with links and multipart uploads
 */
export async function chosenFileStore(
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const { FLOWSERV_FILESTORE: file } = env;
  if (!file) return undefined;
  const { location } = await readVolumeFile(file).catch((cause) => {
    throw new Error(`FLOWSERV_FILESTORE: ${cause instanceof Error ? cause.message : cause}`, { cause });
  });
  if (location.type === 'fs') return resolve(location.basedir);
  throw new Error(
    `FLOWSERV_FILESTORE: a local server keeps its files in a folder; '${file}' has type '${location.type}', but only fs is possible`,
  );
}

/**
 * Opens the folder of a server's files. A mark in it belongs to the data folder, so that a server never starts without
 * its files, or on those of another one.
 *
 * @param chosen the folder of `FLOWSERV_FILESTORE`; by default `s3/` in the data folder
 * @throws Error with a sentence for the user
 */
export function openFileStore(dataDir: string, chosen: string | undefined): string {
  const folder = chosen ?? join(dataDir, 's3');
  // Before the table is created: a crash in between leaves a new server.
  const isNew = !existsSync(join(dataDir, 'dynamodb'));
  const { id } = keptFile(join(dataDir, MARK), schema, () => ({ id: randomUUID() }));
  const owner = ownerOf(folder);
  if (owner === id) return folder;
  if (owner !== undefined) throw new Error(`the folder ${folder} has the files of another server`);
  // The default folder of an older release, which set no mark.
  const isOlder = chosen === undefined && existsSync(join(folder, 'index.sqlite'));
  if (!isNew && !isOlder)
    throw new Error(`the folder ${folder} does not have the files of this server. ${MOVE}`);
  if (!isOlder) prepare(folder);
  writeKept(join(folder, MARK), { id });
  return folder;
}

const MOVE =
  'Move the whole content of the folder that it used before, which is s3/ in the data folder without ' +
  'FLOWSERV_FILESTORE, or use that folder again';

function ownerOf(folder: string): string | undefined {
  const mark = join(folder, MARK);
  return existsSync(mark) ? schema.parse(JSON.parse(readFileSync(mark, 'utf8'))).id : undefined;
}

/** Creates the folder of a new server, or checks that it is empty and can be written. */
function prepare(folder: string): void {
  let others: readonly string[];
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
    others = readdirSync(folder).filter((name) => !name.startsWith(MARK));
  } catch (error) {
    // Without the cause, which would be reported as one of the data folder.
    throw new Error(
      `the folder ${folder} cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (others.length > 0)
    throw new Error(`the folder ${folder} is not empty; choose an empty one for a new server`);
}

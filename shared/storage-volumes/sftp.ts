import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import SftpClient from 'ssh2-sftp-client';
import * as z from 'zod';
import { contentOf } from './file-content.ts';
import { isPartial, partialName } from './partial-name.ts';
import { parseSecret } from './secret.ts';
import { withoutTrailing } from './trailing.ts';
import type { VolumeEntry, VolumeFile, VolumeStorage } from './volume.ts';
import type { VolumeLocation } from './volume-config.ts';
import { joinKeys, throughLink } from './volume-key.ts';

const login = z.object({
  username: z.string().min(1),
  password: z.string().min(1).exactOptional(),
  privateKey: z.string().min(1).exactOptional(),
  passphrase: z.string().min(1).exactOptional(),
});

type Location = Extract<VolumeLocation, { type: 'sftp' }>;

/**
 * Opens a folder of an SFTP server as a storage; creates it if it is missing. Files are written under another name
 * first, so that no reader sees a part of one; the server must have the extension `posix-rename@openssh.com`, as OpenSSH
 * does.
 *
 * @param secret JSON text with `username`, and `password` or `privateKey` with an optional `passphrase`
 * @throws Error if the server cannot be reached, has another key than `host_key`, or rejects the login
 */
export async function openSftp(location: Location, secret: string | undefined): Promise<VolumeStorage> {
  const { hostname, basedir } = location;
  const client = new SftpClient('sftp', { error: () => {}, end: () => {}, close: () => {} });
  const options = connectOptions(location, secret);
  await client.connect({ ...options, sock: await openSocket(location) });
  try {
    await makeFolders(client, basedir);
    return storageOf(client, hostname, basedir, await client.realPath(basedir));
  } catch (error) {
    await client.end();
    throw error;
  }
}

function connectOptions({ hostname, timeout, host_key }: Location, secret: string | undefined) {
  if (host_key === undefined) throw new Error(`the volume on ${hostname} needs host_key, to know its server`);
  if (secret === undefined) throw new Error(`the volume on ${hostname} needs credentials`);
  const { username, password, privateKey, passphrase } = parseSecret(login, secret, hostname);
  return {
    username,
    readyTimeout: timeout * 1000,
    // A connection whose server does not respond for a minute is lost.
    keepaliveInterval: 15_000,
    keepaliveCountMax: 4,
    ...(password === undefined ? {} : { password }),
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(passphrase === undefined ? {} : { passphrase }),
    hostVerifier: (key: Buffer) => fingerprint(key) === host_key,
  };
}

/** Connects without Nagle's algorithm, which would delay each of the many small requests by up to 40 ms. */
async function openSocket({ hostname: host, port, timeout }: Location): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeout * 1000) });
    return socket;
  } catch (cause) {
    socket.destroy();
    throw new Error(`the server ${host}:${port} cannot be reached`, { cause });
  }
}

/** Fingerprint of a key as OpenSSH prints it: base64 without padding (ssh-keygen(1), option -l). */
const fingerprint = (key: Buffer): string =>
  `SHA256:${withoutTrailing(createHash('sha256').update(key).digest('base64'), '=')}`;

function storageOf(client: SftpClient, hostname: string, basedir: string, root: string): VolumeStorage {
  /** Returns the path of a file or folder on the server, after a check that none of the folders above it is a link. */
  const locate = async (path: string): Promise<string> => {
    if (path === '') return root;
    const target = posix.join(root, path);
    if (await hasLinks(client, posix.dirname(target))) throw throughLink(path);
    return target;
  };

  return {
    describe: (folder) => `remote server ${hostname}:${joinKeys(withoutTrailing(basedir, '/', 1), folder)}`,

    async put(path, file) {
      const target = await locate(path);
      const folder = posix.dirname(target);
      await makeFolders(client, folder);
      const partial = posix.join(folder, partialName());
      try {
        await pipeline(contentOf(file), client.createWriteStream(partial, { flags: 'wx' }));
        await client.posixRename(partial, target);
      } catch (error) {
        // Fails too if the connection is lost.
        await client.delete(partial, true).catch(() => {});
        throw error;
      }
    },

    find: async (path) => readFileEntry(client, await locate(path)),

    async *list(folder) {
      const target = await locate(folder);
      if ((await client.exists(target)) === 'd') yield* filesBelow(client, target, folder);
    },

    async remove(path) {
      const target = await locate(path);
      if ((await client.exists(target)) !== 'd') await client.delete(target, true);
    },

    async removeFolder(folder) {
      const target = await locate(folder);
      if ((await client.exists(target)) !== 'd') return;
      await empty(client, target);
      if (folder !== '') await client.rmdir(target);
    },

    async makeFolder(path) {
      await makeFolders(client, await locate(path));
    },

    close: async () => void (await client.end()),
  };
}

/** Creates a folder and its parents, also while another request creates some of them. */
async function makeFolders(client: SftpClient, folder: string): Promise<void> {
  if (await isFolder(client, folder)) return;
  await makeFolders(client, posix.dirname(folder));
  try {
    await client.mkdir(folder);
  } catch (error) {
    if (!(await isFolder(client, folder))) throw error;
  }
}

/** Whether there is a folder, or a link to one, as a base may be. */
const isFolder = async (client: SftpClient, folder: string): Promise<boolean> =>
  (await client.exists(folder)) !== false && (await client.stat(folder)).isDirectory;

/** Whether one of the existing folders of an absolute path is a link. */
async function hasLinks(client: SftpClient, folder: string): Promise<boolean> {
  const exists = folder === '/' || (await client.exists(folder)) !== false;
  return exists ? (await client.realPath(folder)) !== folder : hasLinks(client, posix.dirname(folder));
}

async function* filesBelow(client: SftpClient, folder: string, path: string): AsyncGenerator<VolumeEntry> {
  for (const { type, name, size } of await client.list(folder)) {
    const target = posix.join(folder, name);
    const key = joinKeys(path, name);
    if (type === 'd') yield* filesBelow(client, target, key);
    if (type === '-' && !isPartial(name)) yield { key, file: fileAt(client, target, size) };
  }
}

/** Returns the file at a path of the server; undefined if there is something else, such as a link. */
async function readFileEntry(client: SftpClient, target: string): Promise<VolumeFile | undefined> {
  if ((await client.exists(target)) !== '-') return undefined;
  return fileAt(client, target, (await client.stat(target)).size);
}

const fileAt = (client: SftpClient, target: string, size: number): VolumeFile => ({
  size,
  open: async () => client.createReadStream(target),
});

/** Removes everything in a folder. Links are removed, not followed. */
async function empty(client: SftpClient, folder: string): Promise<void> {
  for (const { type, name } of await client.list(folder)) {
    const target = posix.join(folder, name);
    if (type === 'd') {
      await empty(client, target);
      await client.rmdir(target);
    } else {
      await client.delete(target, true);
    }
  }
}

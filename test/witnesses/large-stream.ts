import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { VolumeServer } from '../storage-volumes/contract.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('large-stream.mjs', import.meta.url));

/**
 * Stores a file on a volume and reads it back, in a process of its own.
 *
 * @returns the bytes that came back, and the maximum memory of the process in bytes
 */
export async function streamThrough(server: VolumeServer, size: number) {
  const texts = [await server.configuration(), server.secrets ?? {}, size].map((value) =>
    JSON.stringify(value),
  );
  const { stdout } = await run(process.execPath, [program, ...texts]);
  return z.object({ bytes: z.number(), maxRss: z.number() }).parse(JSON.parse(stdout));
}

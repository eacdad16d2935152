import * as z from 'zod';
import { unknownObject } from '../../errors.ts';
import type { Services } from '../../services/services.ts';
import { documentCodec } from '../../store/codec.ts';
import { keys } from '../../store/keys.ts';
import { readLargeText } from '../../store/large-text.ts';

/** A file that a finished run keeps. */
export interface RunFile {
  readonly id: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

export const runFilesCodec = documentCodec<readonly RunFile[]>(
  'the files of a run',
  1,
  z.array(z.object({ id: z.string(), path: z.string(), size: z.number(), sha256: z.string() })),
);

/** Returns what an ended run keeps: the outputs of a successful one, or the executed notebook of a failed one. */
export async function filesOfRun(
  services: Services,
  { id, state }: { readonly id: string; readonly state: string },
): Promise<readonly RunFile[]> {
  if (state === 'SUCCESS') return readRunFiles(services, id);
  if (state !== 'ERROR') return [];
  const text = await readLargeText(services, keys.document(keys.run(id), 'files'));
  return text === undefined ? [] : runFilesCodec.read(text);
}

/**
 * Returns the outputs of a successful run.
 *
 * @throws FlowservError 404 when the run was deleted meanwhile
 */
export async function readRunFiles(services: Services, runId: string): Promise<readonly RunFile[]> {
  const text = await readLargeText(services, keys.document(keys.run(runId), 'files'));
  if (text === undefined) throw unknownObject('run', runId);
  return runFilesCodec.read(text);
}

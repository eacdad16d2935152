import * as z from 'zod';
import type { Services } from '../../services/services.ts';
import { documentCodec } from '../../store/codec.ts';
import { keys } from '../../store/keys.ts';
import { readLargeText } from '../../store/large-text.ts';

type RunConfig = Readonly<Record<string, unknown>>;
export const runConfigCodec = documentCodec<RunConfig>(
  'the engine configuration of a run',
  1,
  z.record(z.string(), z.unknown()),
);

/** The engine configuration with which a run was started, if its sizes applied; earlier releases did not store it. */
export async function readRunConfig(services: Services, runId: string): Promise<RunConfig | undefined> {
  const text = await readLargeText(services, keys.document(keys.run(runId), 'config'));
  return text === undefined ? undefined : runConfigCodec.read(text);
}

import * as z from 'zod';
import type { Services } from '../../services/services.ts';
import { documentCodec } from '../../store/codec.ts';
import { keys } from '../../store/keys.ts';
import { readLargeText } from '../../store/large-text.ts';

export const rankedCodec = documentCodec<string[]>(
  'the ranked runs of a post-processing run',
  1,
  z.array(z.string()),
);

/** The ranked runs that a post-processing run processes, in their order. */
export async function readRanked(services: Services, runId: string): Promise<string[]> {
  const text = await readLargeText(services, keys.document(keys.run(runId), 'ranked'));
  return text === undefined ? [] : rankedCodec.read(text);
}

import * as z from 'zod';
import { exactJson, parseExactly } from '../../documents/exact-json.ts';
import type { PythonValue } from '../../documents/python-value.ts';
import { unknownObject } from '../../errors.ts';
import type { Services } from '../../services/services.ts';
import { documentCodec } from '../../store/codec.ts';
import { keys } from '../../store/keys.ts';
import { readLargeText } from '../../store/large-text.ts';
import type { SuppliedArgument } from '../../template/arguments.ts';

/** Arguments as they were sent, with all digits of their numbers. */
export const suppliedCodec = documentCodec<readonly SuppliedArgument[]>(
  'the arguments of a run',
  1,
  z.array(z.object({ name: z.string(), value: z.custom<PythonValue>((value) => value !== undefined) })),
  {
    parse: (text) => parseExactly(text),
    stringify: ({ v, content }) => JSON.stringify(exactJson({ v, content })),
  },
);

/**
 * The arguments of a run, verbatim.
 *
 * @throws FlowservError 404 when the run was deleted meanwhile
 */
export async function readArguments(services: Services, runId: string): Promise<readonly SuppliedArgument[]> {
  const text = await readLargeText(services, keys.document(keys.run(runId), 'arguments'));
  if (text === undefined) throw unknownObject('run', runId);
  return suppliedCodec.read(text);
}

import { logWarning } from '../../log.ts';
import type { Services } from '../../services/services.ts';

/**
 * A small object that a step's task stored, or undefined when it is missing or too large: a task's output must not
 * keep its run from ending.
 */
export async function readStepObject(
  { objects }: Services,
  key: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const object = await objects.open('work', key);
  if (!object) return undefined;
  if (object.size > maxBytes) {
    object.body.destroy();
    logWarning('an object of a step is too large to be read', { key, size: object.size, maxBytes });
    return undefined;
  }
  return Buffer.concat(await Array.fromAsync(object.body));
}

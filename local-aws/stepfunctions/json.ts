/** Any value that JSON can hold: what flows between states. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** 256 KiB: the most that a state's input, output or arguments may take as UTF-8 JSON (AWS service quotas). */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

/**
 * Turns what an integration or JSONata returned into plain JSON: what JSON leaves out is left out, nothing
 * at all is null.
 *
 * @throws RangeError for a number that JSON cannot hold; TypeError for a circular value.
 */
export function toJson(value: unknown): Json {
  const text = JSON.stringify(value, (_key, entry: unknown) => {
    if (typeof entry === 'number' && !Number.isFinite(entry)) throw new RangeError('number out of range');
    return entry;
  });
  return text === undefined ? null : JSON.parse(text);
}

/** Size of a value as the quotas count it: bytes of its compact JSON text. */
export const jsonBytes = (value: Json) => Buffer.byteLength(JSON.stringify(value));

/** True for an object, false for arrays and null. */
export const isJsonObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

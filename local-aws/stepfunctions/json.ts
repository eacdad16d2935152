/** Any JSON value, as passed between states. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** 256 KiB: the maximum size of a state's input, output or arguments as UTF-8 JSON (AWS service quotas). */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

/**
 * Converts a result of an integration or of JSONata to plain JSON, as JSON.stringify does; undefined becomes null.
 *
 * @throws RangeError for a number that JSON cannot represent; TypeError for a circular value.
 */
export function toJson(value: unknown): Json {
  const text = JSON.stringify(value, (_key, entry: unknown) => {
    if (typeof entry === 'number' && !Number.isFinite(entry)) throw new RangeError('number out of range');
    return entry;
  });
  return text === undefined ? null : JSON.parse(text);
}

/** Size of a value for the quotas: bytes of its compact JSON text. */
export const jsonBytes = (value: Json) => Buffer.byteLength(JSON.stringify(value));

/** True for an object, false for arrays and null. */
export const isJsonObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

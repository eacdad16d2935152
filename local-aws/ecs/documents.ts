/** Parses a JSON document from a column that this service wrote; undefined for a missing row. */
export function readDocument<Value>(text: unknown): Value | undefined {
  return typeof text === 'string' ? JSON.parse(text) : undefined;
}

/** Position in a list, and the maximum number of entries. */
export interface Page<Position> {
  readonly after: Position | undefined;
  readonly limit: number;
}

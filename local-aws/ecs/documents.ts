/** Reads a JSON document of a column that this service wrote itself; undefined for a row that is not there. */
export function readDocument<Value>(text: unknown): Value | undefined {
  return typeof text === 'string' ? JSON.parse(text) : undefined;
}

/** Position in a list, and how many entries are wanted. */
export interface Page<Position> {
  readonly after: Position | undefined;
  readonly limit: number;
}

import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallObserver, StackCall } from '../../../infra/local/calls.ts';

/** Environment variable with the folder in which stacks record their requests to AWS. */
export const REQUESTS_DIR = 'FLOWSERV_TEST_REQUESTS_DIR';

/**
 * Returns a request without values that differ between runs. Of requests with the same shape, only the first is
 * recorded.
 */
const shapeOf = (text: string) =>
  text.replace(/[0-9a-f]{32,}|[0-9a-f-]{36}|\d{4}-\d\d-\d\dT[\d:.]+Z|\d+/g, '0');

/** Requests that are recorded only in part: to S3, and those of Lambda itself to a queue. */
const isPartial = ({ service, operation }: StackCall) =>
  service === 's3' || operation === 'ReceiveMessage' || operation === 'DeleteMessage';

/** Records the successful requests of one stack. */
export function recordRequests(folder: string): CallObserver {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${randomUUID()}.jsonl`);
  const seen = new Set<string>();
  return (call: StackCall) => {
    if (isPartial(call) || call.error !== undefined) return;
    const { caller, service, operation, input } = call;
    const text = JSON.stringify({
      service,
      operation,
      input,
      byStateMachine: caller === 'machine' && operation === 'RunTask',
    });
    const shape = shapeOf(text);
    if (seen.has(shape)) return;
    seen.add(shape);
    appendFileSync(file, `${text}\n`);
  };
}

/** Returns all recorded requests, one JSON text per line. */
export function readRequests(folder: string | undefined): string {
  if (folder === undefined) throw new Error(`${REQUESTS_DIR} is not set`);
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
}

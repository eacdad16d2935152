import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallObserver, StackCall } from '../../../infra/local/calls.ts';

/** Names the folder that stacks leave their requests to AWS in. */
export const REQUESTS_DIR = 'FLOWSERV_TEST_REQUESTS_DIR';

/** A request without what differs with every run: of many that look alike, the first stands for all. */
const shapeOf = (text: string) =>
  text.replace(/[0-9a-f]{32,}|[0-9a-f-]{36}|\d{4}-\d\d-\d\dT[\d:.]+Z|\d+/g, '0');

/** What is not known whole there: requests to S3, and what Lambda itself asks of a queue. */
const isPartial = ({ service, operation }: StackCall) =>
  service === 's3' || operation === 'ReceiveMessage' || operation === 'DeleteMessage';

/** Records the requests of one stack that have succeeded. */
export function recordRequests(folder: string): CallObserver {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${randomUUID()}.jsonl`);
  const seen = new Set<string>();
  return (call: StackCall) => {
    if (isPartial(call) || call.refusal !== undefined) return;
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

/** All requests that stacks have recorded, one JSON text a line. */
export function readRequests(folder: string | undefined): string {
  if (folder === undefined) throw new Error(`${REQUESTS_DIR} names no folder`);
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
}

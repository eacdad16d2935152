import { AwsError } from '../aws/json-protocol.ts';
import type { Arns } from './arns.ts';
import type { EcsStore, StoredToken } from './store.ts';
import type { Task } from './task.ts';

/** A client token is valid for 24 hours, or one hour after its task stopped (ECS API reference, idempotency). */
const TOKEN_LIFE_MS = 24 * 3600 * 1000;
const TOKEN_LIFE_AFTER_STOP_MS = 3600 * 1000;

/** Makes a request idempotent. Without a hash, the token is valid for any request, while the task's record exists. */
export interface Idempotency {
  readonly scope: string;
  readonly token: string;
  readonly requestHash?: string;
}

/**
 * Returns the current records of the tasks that an earlier request with the same token started.
 *
 * @returns undefined when the token is new or no longer valid.
 * @throws ConflictException when the earlier request was different.
 */
export function earlierTasks(
  { arns, store, now }: { readonly arns: Arns; readonly store: EcsStore; now(): number },
  idempotency: Idempotency,
): Task[] | undefined {
  const stored = store.getToken(idempotency.scope, idempotency.token);
  if (!stored) return undefined;
  const tasks = stored.taskArns.flatMap((arn) => store.getTask(arns.taskId(arn))?.task ?? []);
  if (idempotency.requestHash === undefined) return tasks.length > 0 ? tasks : undefined;
  if (tokenEnded(stored, tasks, now())) return undefined;
  if (stored.requestHash !== idempotency.requestHash) {
    const message = 'the clientToken is in use with a different RunTask request';
    throw new AwsError('ConflictException', message, 400, { resourceIds: stored.taskArns });
  }
  return tasks;
}

/** Records which tasks a request started. */
export function noteToken(
  store: EcsStore,
  { scope, token, requestHash }: Idempotency,
  tasks: readonly Task[],
): void {
  store.putToken(scope, token, {
    requestHash: requestHash ?? '',
    createdAt: Math.max(...tasks.map((task) => task.createdAt)),
    taskArns: tasks.map((task) => task.taskArn),
  });
}

function tokenEnded(token: StoredToken, tasks: readonly Task[], now: number): boolean {
  if (now - token.createdAt > TOKEN_LIFE_MS) return true;
  return tasks.every(
    (task) => task.stoppedAt !== undefined && now - task.stoppedAt > TOKEN_LIFE_AFTER_STOP_MS,
  );
}

import { createHash } from 'node:crypto';
import type { NextStepAnswer } from '../../shared/engine/next-step-protocol.ts';
import { findGroup } from '../../shared/groups/group.ts';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { startRun } from '../../shared/runs/start.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { readRunAndSteps, type StepRecord } from '../../shared/runs/steps/record.ts';
import type { Services } from '../../shared/services/services.ts';
import type { StepStatus, UploadKind, UploadLink } from '../../shared/staging/protocol.ts';
import { keys } from '../../shared/store/keys.ts';
import type { RunningStack } from './running-stack.ts';

/**
 * Runs whose execution and tasks are played by the test: the wake-up call of the dispatcher and the start of
 * the execution are lost, so that nothing happens to them but what the test does.
 */

/** Services whose messages get lost. */
export const withoutMessages = (services: Services): Services => ({
  ...services,
  messages: {
    archiveWanted: async () => {},
    leaderboardDirty: async () => {},
    mailWanted: async () => {},
    purge: async () => {},
    dispatch: async () => {},
  },
});

/** The records of a run's steps in order. */
export const stepsOf = async (services: Services, runId: string): Promise<readonly StepRecord[]> =>
  (await readRunAndSteps(services, runId))?.steps ?? [];

/** Far more places than a test's stack has. */
const MANY = 100_000;

/** Does something while no place is free, so that the stack's own dispatcher leaves the queue alone. */
export async function whileFull<T>({ services }: RunningStack, work: () => Promise<T>): Promise<T> {
  await services.table.update(keys.stage(), { set: { v: 1 }, add: { inUse: MANY } });
  try {
    return await work();
  } finally {
    await services.table.update(keys.stage(), { add: { inUse: -MANY } });
  }
}

/** A queued run that nobody knows of. */
export async function queuedRun(
  { services }: RunningStack,
  groupId: string,
  values: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const group = await findGroup(services, groupId);
  const list = Object.entries(values).map(([name, value]) => ({ name, value }));
  return (await startRun(withoutMessages(services), { id: group.ownerId }, group, list)).id;
}

/** A run that holds a place and has no execution. */
export async function admittedRun(
  stack: RunningStack,
  groupId: string,
  values: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { executions, config } = stack.services;
  return whileFull(stack, async () => {
    const id = await queuedRun(stack, groupId, values);
    await dispatch({
      ...stack.services,
      config: { ...config, capacity: 2 * MANY },
      executions: { ...executions, start: async () => true },
    });
    return id;
  });
}

/** A run whose first step has been started. */
export async function startedRun(stack: RunningStack, groupId: string) {
  const id = await admittedRun(stack, groupId);
  return { id, ...started(await nextStep(stack.services, { runId: id, outcome: null })) };
}

/** A run whose only step has ended well and stored a result file, and which has not been settled. */
export async function finishedRun(stack: RunningStack, groupId: string, result: string): Promise<string> {
  const { id, ticket } = await startedRun(stack, groupId);
  await playTask(stack, ticket, { exitCode: 0, files: { 'result.json': result } });
  await nextStep(stack.services, { runId: id, outcome: stopped(0) });
  return id;
}

/** The answer that starts a task. */
export function started(answer: NextStepAnswer): Extract<NextStepAnswer, { action: 'run' }> {
  if (answer.action !== 'run') throw new Error(`no task was started: ${JSON.stringify(answer)}`);
  return answer;
}

/** The outcome of a task whose step ended with an exit code. */
export const stopped = (exitCode: number, attempt = 1, step = 0) => ({
  step,
  attempt,
  task: {
    taskArn: 'arn:aws:ecs:us-east-1:000000000000:task/played/0',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    exitCode,
    imageDigest: '',
  },
});

/** Sends a request to the ticket broker; gives status and body. */
export async function askBroker(stack: RunningStack, ticket: string, path: string, body: unknown) {
  const response = await fetch(`${stack.services.config.brokerUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ticket}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

export const describeUpload = (kind: UploadKind, path: string, content: string) => ({
  kind,
  path,
  size: Buffer.byteLength(content),
  sha256: createHash('sha256').update(content).digest('hex'),
});

/** Stores what the link is for. */
export async function put({ url, headers }: UploadLink, content: string): Promise<number> {
  return (await fetch(url, { method: 'PUT', headers, body: content })).status;
}

async function upload(stack: RunningStack, ticket: string, kind: UploadKind, path: string, content: string) {
  const { status, json } = await askBroker(stack, ticket, '/uploads', {
    files: [describeUpload(kind, path, content)],
  });
  if (status !== 200) throw new Error(`no link for ${path}: ${status}`);
  const stored = await put(json.uploads[0], content);
  if (stored !== 200) throw new Error(`${path} was not stored: ${stored}`);
}

/** Does what the task of a last step does: stores outputs and, where it is named `result.json`, the result. */
export async function playTask(
  stack: RunningStack,
  ticket: string,
  { exitCode, files }: { readonly exitCode: number; readonly files: Readonly<Record<string, string>> },
): Promise<void> {
  const kept = Object.entries(files).map(([path, content]) => ({
    path,
    size: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  for (const [path, content] of Object.entries(files)) await upload(stack, ticket, 'output', path, content);
  const result = kept.find(({ path }) => path === 'result.json');
  if (result) await upload(stack, ticket, 'result', result.path, files[result.path] ?? '');
  const [, step, attempt] = ticket.split('.').map(Number);
  const now = new Date().toISOString();
  const status: StepStatus = {
    v: 1,
    step: { index: step ?? 0, name: 'only', attempt: attempt ?? 1 },
    attempt: attempt ?? 1,
    exitCode,
    failure: null,
    startedAt: now,
    finishedAt: now,
    commands: [{ stdout: 'out', stderr: '', truncated: false }],
    outputs: kept,
    result: result ? { size: result.size, sha256: result.sha256 } : null,
    archive: null,
    warnings: [],
  };
  await upload(stack, ticket, 'status', 'status.json', JSON.stringify(status));
}

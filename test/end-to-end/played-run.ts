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
 * Runs whose execution and tasks are simulated by the test: the wake-up message of the dispatcher and the start of the
 * execution are lost, so that only the test advances them.
 */

/** Returns services whose messages are lost. */
export const withoutMessages = (services: Services): Services => ({
  ...services,
  messages: {
    archiveWanted: async () => {},
    remoteRun: async () => {},
    leaderboardDirty: async () => {},
    install: async () => {},
    rescore: async () => {},
    listRuns: async () => {},
    mailWanted: async () => {},
    purge: async () => {},
    delivery: async () => {},
    dispatch: async () => {},
  },
});

/** Returns the records of a run's steps in order. */
export const stepsOf = async (services: Services, runId: string): Promise<readonly StepRecord[]> =>
  (await readRunAndSteps(services, runId))?.steps ?? [];

/** A number of slots that is far above those of a test's stack. */
const MANY = 100_000;

/** Runs `work` while no slot is free, so that the stack's own dispatcher does not admit runs. */
export async function whileFull<T>({ services }: RunningStack, work: () => Promise<T>): Promise<T> {
  await services.table.update(keys.capacity(), { set: { v: 1 }, add: { inUse: MANY } });
  try {
    return await work();
  } finally {
    await services.table.update(keys.capacity(), { add: { inUse: -MANY } });
  }
}

/** Creates a queued run whose message is lost. */
export async function queuedRun(
  { services }: RunningStack,
  groupId: string,
  values: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const group = await findGroup(services, groupId);
  const list = Object.entries(values).map(([name, value]) => ({ name, value }));
  return (await startRun(withoutMessages(services), { id: group.ownerId }, group, list)).id;
}

/** Creates a run that has a slot and no execution. */
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

/** Creates a run whose first step is started. */
export async function startedRun(stack: RunningStack, groupId: string) {
  const id = await admittedRun(stack, groupId);
  return { id, ...started(await nextStep(stack.services, { runId: id, outcome: null })) };
}

/** Creates a run whose only step succeeded and stored a result file, and which is not settled. */
export async function finishedRun(stack: RunningStack, groupId: string, result: string): Promise<string> {
  const { id, ticket } = await startedRun(stack, groupId);
  await playTask(stack, ticket, { exitCode: 0, files: { 'result.json': result } });
  await nextStep(stack.services, { runId: id, outcome: stopped(0) });
  return id;
}

/** Returns the response if it starts a task, and throws otherwise. */
export function started(response: NextStepAnswer): Extract<NextStepAnswer, { action: 'run' }> {
  if (response.action !== 'run') throw new Error(`no task was started: ${JSON.stringify(response)}`);
  return response;
}

/** Returns the outcome of a task whose step ended with an exit code. */
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

/** Sends a request to the broker; returns status and body. */
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

/** Stores content through an upload link; returns the status. */
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

/** Acts as the task of a last step: stores the outputs, and the result if a file is named `result.json`. */
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

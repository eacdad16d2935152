import { createHash } from 'node:crypto';
import type { Runner } from '@flowserv/local-aws';
import { memoryBody } from '../../../shared/staging/body.ts';
import { createBroker } from '../../../shared/staging/broker.ts';
import type { StepStatus, UploadKind } from '../../../shared/staging/protocol.ts';
import { type Upload, uploadAll } from '../../../shared/staging/upload.ts';
import type { FaultPlan } from '../fault-plan.ts';
import type { Simulation } from './simulation.ts';

type OpenTask = Awaited<ReturnType<Runner['openTask']>>;
type RunningContainer = Awaited<ReturnType<OpenTask['start']>>;

export interface TasksOptions {
  readonly simulation: Simulation;
  readonly plan: FaultPlan;
  readonly brokerUrl: string;
  /** What the step of an attempt does. */
  readonly stepOf: (ticket: string) => PlayedStep;
}

/** What a step does: how long it takes, in milliseconds, its exit code, and the texts of the files that it leaves. */
interface PlayedStep {
  readonly milliseconds: number;
  readonly exitCode: number;
  readonly contentOf: (path: string) => string;
}

/**
 * Runs the containers of tasks in the simulation: `stage` and `warden` talk to the broker and to S3 as the staging
 * program does, and `step` takes its time. `running` counts the containers.
 */
export function createTasks(options: TasksOptions) {
  const { simulation, plan } = options;
  const running = new Set<string>();
  /** The step's own end, which the warden waits for. */
  const stepEnds = new Map<string, Promise<number>>();
  /** What waits for the end of a run's task. */
  const watchers = new Map<string, (() => void)[]>();
  let count = 0;

  const start = (taskId: string, name: string, ticket: string): RunningContainer => {
    count += 1;
    const handle = `${taskId}/${name}`;
    running.add(handle);
    const { promise: exited, resolve, reject } = Promise.withResolvers<number>();
    const process = {
      name: `${name} of ${ticket.slice(0, 8)}`,
      dead: false,
      kill(reason: string) {
        end();
        reject(new Error(reason));
      },
    };
    const end = () => {
      process.dead = true;
      running.delete(handle);
    };
    const leave = (exitCode: number) => {
      if (process.dead) return;
      end();
      resolve(exitCode);
    };
    if (name === 'step') stepEnds.set(taskId, exited);
    const played = simulation.as(process, async () => {
      await simulation.sleep(plan.pause());
      if (name === 'stage') {
        await createBroker({ broker: options.brokerUrl, ticket }).inputs(0);
        return 0;
      }
      if (name !== 'warden') {
        const { milliseconds, exitCode } = options.stepOf(ticket);
        const life = plan.hostLife(milliseconds);
        await simulation.sleep(life ?? milliseconds);
        if (life !== undefined) process.kill('the host failed');
        return exitCode;
      }
      const exitCode = await stepEnds.get(taskId);
      await report(ticket, exitCode ?? 1);
      for (const wake of watchers.get(ticket.slice(0, 32)) ?? []) wake();
      return 0;
    });
    played.then(leave, () => leave(1));
    return {
      handle,
      exited,
      signal(signal) {
        // A program has some time to exit; a killed one has not.
        const after = signal === 'SIGKILL' ? 0 : plan.pause();
        simulation.after(after, () => leave(signal === 'SIGKILL' ? 137 : 143));
      },
    };
  };

  /** Stores what the last step of a run keeps, and its status last. */
  const report = async (ticket: string, exitCode: number): Promise<void> => {
    const broker = createBroker({ broker: options.brokerUrl, ticket });
    const { contentOf } = options.stepOf(ticket);
    const { keep, step } = await broker.inputs(0);
    const paths = exitCode === 0 ? keep.outputs : [];
    const result = exitCode === 0 && keep.resultFile !== null ? contentOf(keep.resultFile) : undefined;
    const outputs = paths.map((path) => uploadOf('output', path, contentOf(path)));
    const results = result === undefined ? [] : [uploadOf('result', keep.resultFile ?? '', result)];
    const now = new Date(simulation.now()).toISOString();
    const kept = paths.map((path) => ({ path, ...measured(contentOf(path)) }));
    const status: StepStatus = {
      v: 1,
      step,
      attempt: step.attempt,
      exitCode,
      failure: null,
      startedAt: now,
      finishedAt: now,
      commands: [{ stdout: '', stderr: '', truncated: false }],
      outputs: kept,
      result: result === undefined ? null : measured(result),
      archive: null,
      warnings: [],
    };
    const last = uploadOf('status', 'status.json', JSON.stringify(status));
    await uploadAll(broker, [...outputs, ...results], { upload: last });
  };

  const runner: Runner = {
    async openTask({ taskId, containers }) {
      await simulation.sleep(plan.taskStart());
      const ticket = containers.flatMap(({ environment }) => environment.FS_TICKET ?? [])[0] ?? '';
      if (plan.failsToStart()) throw new Error('Capacity is unavailable at this time.');
      return {
        start: async ({ name }) => simulation.as(undefined, () => start(taskId, name, ticket)),
        remove: async () => void stepEnds.delete(taskId),
      };
    },
    recover: async () => {},
  };
  return {
    runner,
    running,
    count: () => count,
    /** Resolves when a task of a run stored what it keeps. */
    reported: (runId: string): Promise<void> =>
      new Promise((resolve) => {
        watchers.set(runId, [...(watchers.get(runId) ?? []), resolve]);
      }),
  };
}

const measured = (content: string) => ({
  size: Buffer.byteLength(content),
  sha256: createHash('sha256').update(content).digest('hex'),
});
const uploadOf = (kind: UploadKind, path: string, content: string): Upload => ({
  kind,
  path,
  body: memoryBody(Buffer.from(content)),
});

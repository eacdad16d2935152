import type { JsonService } from '../aws/json-protocol.ts';
import { arnsOf } from './arns.ts';
import { clusterOperations } from './clusters.ts';
import { definitionOperations } from './definitions.ts';
import { createMetadataServer } from './metadata-server.ts';
import type { Runner } from './runner.ts';
import { type StepFunctionsCalls, stepFunctionsCalls } from './step-functions.ts';
import { openStore } from './store.ts';
import type { TaskStateChange } from './task-events.ts';
import { createTaskService } from './task-service.ts';
import { taskOperations } from './tasks.ts';

export interface EcsOptions {
  /** Folder of the durable records (`ecs.sqlite`). One stack at a time may use it. */
  readonly dataDir: string;
  /** Region of the ARNs. */
  readonly region: string;
  /** Account of the ARNs. */
  readonly accountId: string;
  /** Runs the containers, e.g. `createProcessRunner(…)`. */
  readonly runner: Runner;
  /** Called for each change of a task when it is recorded; must not throw. No-op by default. */
  readonly emit?: (event: TaskStateChange) => void;
  /** Milliseconds until a task on `FARGATE_SPOT` is interrupted; by default none is. */
  readonly spotMs?: (() => number) | undefined;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
}

/** The local ECS: the service for the SDK, and the in-process calls of Step Functions. */
export interface Ecs extends StepFunctionsCalls {
  readonly service: JsonService;
  /** Must be called once at the start: ends containers of a crashed stack and marks its tasks STOPPED. */
  recover(): Promise<void>;
  /** Ends all tasks immediately, without exit codes, and all of their processes. A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Creates the local ECS with Fargate tasks. It rejects requests for unsupported features, and never accepts a request
 * that AWS rejects. It is faster than AWS, because it provisions no capacity.
 */
export function createEcs(options: EcsOptions): Ecs {
  const { region, accountId, runner, emit, spotMs, now = Date.now } = options;
  const store = openStore(options.dataDir, now());
  const metadata = createMetadataServer();
  const arns = arnsOf(region, accountId);
  const tasks = createTaskService({ arns, region, store, runner, metadata, emit, spotMs, now });
  let closing: Promise<void> | undefined;
  const close = async () => {
    await tasks.close();
    await metadata.close();
    store.close();
  };
  return {
    ...stepFunctionsCalls(arns, store, tasks),
    service: {
      target: 'AmazonEC2ContainerServiceV20141113',
      signingName: 'ecs',
      operations: {
        ...clusterOperations({ arns, store }),
        ...definitionOperations({ arns, store, accountId, now }),
        ...taskOperations({ arns, store, service: tasks }),
      },
    },
    recover: tasks.recover,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

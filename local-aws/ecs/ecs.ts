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
  /** Folder of the durable records (`ecs.sqlite`); one stack at a time. */
  readonly dataDir: string;
  /** Region of the ARNs. */
  readonly region: string;
  /** Account of the ARNs. */
  readonly accountId: string;
  /** Runs the containers, e.g. `createProcessRunner(…)`. */
  readonly runner: Runner;
  /** Receives each change of a task in the moment it is recorded; must not throw. Nothing by default. */
  readonly emit?: (event: TaskStateChange) => void;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
}

/** The local ECS: the service for the SDK, and what Step Functions calls in process. */
export interface Ecs extends StepFunctionsCalls {
  readonly service: JsonService;
  /** To be called once at start: ends what a crashed stack left behind and marks its tasks STOPPED. */
  recover(): Promise<void>;
  /** Ends all tasks at once, without an exit code, and leaves no process. A second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Makes the local ECS with Fargate tasks. It is stricter than AWS where a feature is missing (the request
 * is refused) and never kinder; it differs in speed, since nothing is pulled or provisioned.
 */
export function createEcs(options: EcsOptions): Ecs {
  const { region, accountId, runner, emit, now = Date.now } = options;
  const store = openStore(options.dataDir, now());
  const metadata = createMetadataServer();
  const arns = arnsOf(region, accountId);
  const tasks = createTaskService({ arns, region, store, runner, metadata, emit, now });
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

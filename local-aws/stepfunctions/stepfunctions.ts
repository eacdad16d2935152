import type { JsonService } from '../aws/json-protocol.ts';
import { executionOperations } from './execution-operations.ts';
import type { Integrations } from './integrations.ts';
import { createInterpreter } from './interpreter.ts';
import { createRecorder } from './recorder.ts';
import { stateMachineOperations } from './state-machine-operations.ts';
import type { ExecutionStatusChange } from './status-event.ts';
import { openStore } from './store.ts';

/** 90 days: how long a closed execution stays readable and its name reserved (AWS service quotas). */
const RETENTION_MS = 90 * 24 * 3600 * 1000;

interface StepFunctionsOptions {
  /** Folder of the service's database; created if missing. One process at a time may use it. */
  readonly dataDir: string;
  /** Region of the ARNs. */
  readonly region: string;
  /** Account of the ARNs. */
  readonly accountId: string;
  /** The services that Task states call. */
  readonly integrations: Integrations;
  /** Receives an event after each change of an execution's status, at most once. */
  readonly emit: (event: ExecutionStatusChange) => void | Promise<void>;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
}

/** The local Step Functions. */
interface StepFunctions {
  readonly service: JsonService;
  /** Continues the executions that an earlier process left open. */
  resume(): void;
  /** Stops the interpreter; open executions stay open and continue after the next `resume`. */
  close(): Promise<void>;
}

/**
 * Creates a local Step Functions: the service's API, and an interpreter that stores every transition, so that
 * executions survive the end of the process.
 *
 * @throws Error when another process has the database open.
 */
export function createStepFunctions(options: StepFunctionsOptions): StepFunctions {
  const { dataDir, region, accountId, integrations, emit, now = Date.now } = options;
  const store = openStore(dataDir);
  store.removeClosedBefore(now() - RETENTION_MS);
  const recorder = createRecorder({ store, region, accountId, now, emit });
  const interpreter = createInterpreter({ store, recorder, integrations, region, now });
  const accountRegion = { region, accountId };
  return {
    service: {
      target: 'AWSStepFunctions',
      signingName: 'states',
      operations: {
        ...stateMachineOperations(store, accountRegion, now),
        ...executionOperations(store, interpreter, accountRegion, now),
      },
    },
    resume: () => interpreter.resume(),
    async close() {
      await interpreter.close();
      store.close();
    },
  };
}

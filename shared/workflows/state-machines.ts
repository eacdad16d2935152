import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import type { WorkflowVersion } from './version.ts';

const stateMachinesSchema = z.object({ machine: z.string(), postprocMachine: z.string().nullable() });

/** ARNs of the state machines for runs of a version. */
export type StateMachines = Pick<WorkflowVersion, 'machine' | 'postprocMachine'>;
export const stateMachinesCodec = itemCodec<StateMachines>(1, stateMachinesSchema);

/** Identifies the state machine of a run. */
export interface StateMachineUse {
  readonly workflowId: string;
  readonly versionId: string;
  readonly isPostproc: boolean;
}

/** Post-processing whose steps are invalid has no state machine; its run ends before it would need one. */
export const stateMachineOf = ({ machine, postprocMachine }: StateMachines, isPostproc: boolean): string =>
  isPostproc ? (postprocMachine ?? machine) : machine;

/**
 * Returns the state machines of a version if it was compiled again, otherwise undefined. They are not part of the
 * version, which never changes and which functions cache. A run reads them when it is admitted, so that it uses the
 * current state machine however long it waited.
 */
export async function readStateMachines(
  { table }: Pick<Services, 'table'>,
  { workflowId, versionId }: Pick<StateMachineUse, 'workflowId' | 'versionId'>,
): Promise<StateMachines | undefined> {
  return stateMachinesCodec.readMaybe(await table.get(keys.stateMachines(workflowId, versionId)));
}

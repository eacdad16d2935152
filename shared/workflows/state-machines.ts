import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import type { WorkflowVersion } from './version.ts';

const stateMachinesSchema = z.object({ machine: z.string(), postprocMachine: z.string().nullable() });

/** ARNs of the state machines that runs of a version take. */
export type StateMachines = Pick<WorkflowVersion, 'machine' | 'postprocMachine'>;
export const stateMachinesCodec = itemCodec<StateMachines>(1, stateMachinesSchema);

/** Which machine of which version a run takes. */
export interface StateMachineUse {
  readonly workflowId: string;
  readonly versionId: string;
  readonly isPostproc: boolean;
}

/** Steps of post-processing that cannot be read have no machine of their own; their run ends before it would need one. */
export const stateMachineOf = ({ machine, postprocMachine }: StateMachines, isPostproc: boolean): string =>
  isPostproc ? (postprocMachine ?? machine) : machine;

/**
 * The machines of a version since it was compiled again, or undefined where it never was. They are no part of the
 * version, which never changes and which functions remember: a run asks for its machine when it is admitted, so that it
 * takes today's however long it has waited.
 */
export async function readStateMachines(
  { table }: Pick<Services, 'table'>,
  { workflowId, versionId }: Pick<StateMachineUse, 'workflowId' | 'versionId'>,
): Promise<StateMachines | undefined> {
  return stateMachinesCodec.readMaybe(await table.get(keys.machines(workflowId, versionId)));
}

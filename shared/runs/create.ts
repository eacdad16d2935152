import type { Services } from '../services.ts';
import { prepareDocument } from '../store/documents.ts';
import { absent, type Condition } from '../store/expressions.ts';
import { newSecret, timestamp } from '../store/ids.ts';
import { keys } from '../store/keys.ts';
import type { Write } from '../store/table.ts';
import { objectKeys } from '../volumes/keys.ts';
import { enqueue, nextQueueNumber } from './dispatch.ts';
import {
  dueAttributes,
  minutesLater,
  type Run,
  type RunDocument,
  runCodec,
  runEntryCodec,
  type SuppliedArgument,
} from './run.ts';
import { transition } from './state.ts';

/** A queued run is looked at by the sweep after this time, should its wake-up call be lost. */
const QUEUE_CHECK_MINUTES = 2;

export interface NewRun {
  readonly id: string;
  readonly workflowId: string;
  /** Absent for post-processing. */
  readonly groupId?: string;
  readonly version: string;
  readonly machineArn: string;
  readonly arguments: readonly SuppliedArgument[];
  /** Plan and inputs, or the reason why there are none: such a run ends at once as ERROR. */
  readonly document: RunDocument | { readonly failure: string };
  /** Further writes of the same transaction. */
  readonly writes?: readonly Write[];
}

/**
 * Writes a new run, all of it or nothing: the run, its plan and arguments, its entry in the group's list and
 * its place in the queue, then wakes the dispatcher. A lost wake-up is made good by the minute's sweep.
 *
 * @throws ConditionFailed when the group is gone (action 0) or one of `writes` does not hold
 */
export async function createRun(services: Services, input: NewRun): Promise<Run> {
  const { table, messages } = services;
  const run = await firstState(services, input);
  const documents = await prepareDocuments(services, input);
  await table.transact([
    ...groupWrites(services, run),
    table.write.put(runCodec.write(keys.run(run.id), run), absent),
    ...documents.map((document) => table.write.put(document)),
    ...queueWrites(services, run),
    ...(input.writes ?? []),
  ]);
  if (run.queueNumber !== undefined) await messages.dispatch();
  return run;
}

async function firstState(services: Services, input: NewRun): Promise<Run> {
  const now = services.now();
  const at = timestamp(now);
  const { id, workflowId, groupId, version, machineArn, document } = input;
  const run: Run = {
    id,
    workflowId,
    ...(groupId === undefined ? {} : { groupId }),
    version,
    machineArn,
    state: 'PENDING',
    createdAt: at,
    fileSecret: newSecret(),
  };
  if ('failure' in document) {
    const ended = transition(run, 'ERROR', at, [document.failure]);
    return { ...run, ...ended, messages: [document.failure], settled: true };
  }
  const queueNumber = await nextQueueNumber(services);
  return { ...run, queueNumber, ...dueAttributes(id, minutesLater(now, QUEUE_CHECK_MINUTES)) };
}

async function prepareDocuments({ objects }: Services, input: NewRun) {
  const { id, workflowId, document } = input;
  const contents = { arguments: input.arguments, ...('failure' in document ? {} : { plan: document }) };
  const objectKey = (sha256: string) => objectKeys.runFile(workflowId, id, `document-${sha256}`);
  return Promise.all(
    Object.entries(contents).map(([name, value]) =>
      prepareDocument(objects, keys.document(keys.run(id), name), JSON.stringify(value), objectKey),
    ),
  );
}

function groupWrites({ table }: Services, run: Run): Write[] {
  if (run.groupId === undefined) return [];
  const open: Condition = { expression: 'attribute_exists(#pk) AND attribute_not_exists(#deleting)' };
  const group = keys.group(run.groupId);
  const entry = { id: run.id, state: run.state, createdAt: run.createdAt };
  return [
    run.state === 'PENDING'
      ? table.write.update(group, { add: { activeRuns: 1 } }, open)
      : table.write.check(group, open),
    table.write.put(runEntryCodec.write(keys.runEntry(run.groupId, run.createdAt, run.id), entry)),
  ];
}

function queueWrites({ table }: Services, { id, workflowId, groupId, queueNumber }: Run): Write[] {
  if (queueNumber === undefined) return [];
  return [enqueue(table, { number: queueNumber, runId: id, workflowId, party: groupId ?? workflowId })];
}

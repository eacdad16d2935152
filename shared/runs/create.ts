import type { Warning } from '../documents/warning.ts';
import { vcpusOf } from '../engine/run-plan.ts';
import { newSecret, timestamp } from '../ids.ts';
import { logError } from '../log.ts';
import { requestDelivery } from '../notifications/deliveries.ts';
import type { Reservation } from '../quotas/quota.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { absent, alive, all, type Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { isLarge, prepareLargeText } from '../store/large-text.ts';
import type { Table } from '../store/table.ts';
import type { SuppliedArgument } from '../template/arguments.ts';
import { objectKeys } from '../volumes/keys.ts';
import { suppliedCodec } from './documents/arguments.ts';
import { runConfigCodec } from './documents/config.ts';
import { type RunDocument, runDocumentCodec } from './documents/plan.ts';
import { rankedCodec } from './documents/ranked.ts';
import { entryWrites, logWarnings } from './life-cycle.ts';
import { notificationsOfEnd } from './notify-of-end.ts';
import { enqueueRun, nextQueueNumber, queuedOf } from './queue.ts';
import { reserved, reserveRun, withdrawRun } from './reserve.ts';
import { type Run, runCodec } from './run.ts';
import { transition } from './state.ts';
import { boundedWarnings } from './warnings.ts';

/** The sweep checks a queued run after this time. */
const QUEUE_CHECK_MINUTES = 2;

export interface NewRun {
  readonly id: string;
  readonly workflowId: string;
  /** Absent for post-processing. */
  readonly groupId?: string;
  /** The user who starts the run; absent for post-processing. */
  readonly userId?: string;
  /** Id of the phase of its contest that it belongs to. */
  readonly phase?: string | undefined;
  /** Amounts that count against the quotas of the user; the writes that count them are among `writes`. */
  readonly reservations?: readonly Reservation[] | undefined;
  readonly tags?: Run['tags'];
  /** Of a run that scores another one again. */
  readonly rescoring?: Pick<Run, 'rescore' | 'rescoredFrom' | 'submittedAt'>;
  /** Names of the uploaded files among the arguments. */
  readonly inputs?: readonly string[];
  readonly version: string;
  readonly machineArn: string;
  /** The remote engine that executes the run; absent if the stage itself does. */
  readonly engine?: string | undefined;
  readonly arguments: readonly SuppliedArgument[];
  /** The engine configuration of the request, if its sizes apply. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** Plan and inputs, or the reason why planning failed: such a run ends immediately as ERROR. */
  readonly document: RunDocument | { readonly failure: string; readonly warnings?: readonly Warning[] };
  /** The ranked runs that a post-processing run processes. */
  readonly ranked?: readonly string[];
  /** True when the caller reserved the run because it wrote objects for it. */
  readonly reserved?: boolean;
  /** A further condition of the group's item. */
  readonly onGroup?: Condition;
  /**
   * Further writes of the same transaction. They are its first actions, so that the caller finds the one whose
   * condition failed by its position in `ConditionFailed.actions`.
   */
  readonly writes?: readonly Write[];
}

/**
 * Writes a new run in one transaction: the run, its plan and arguments, its entry in the group's list and its queue
 * entry. Then wakes the dispatcher; the dispatch of each minute replaces a lost wake-up call.
 *
 * @throws ConditionFailed when the condition of one of `writes` fails (its position), or the group is gone or does not
 *   fulfil `onGroup` (the position after them)
 */
export async function createRun(services: Services, input: NewRun): Promise<Run> {
  const { table } = services;
  const run = await firstState(services, input);
  const texts = documentTexts(input);
  const isReserved = input.reserved || texts.some(([, text]) => isLarge(text));
  if (isReserved && !input.reserved) await reserveRun(services, run);
  const documents = await prepareDocuments(services, run, texts);
  const notifications = run.settled ? await notificationsOfEnd(services, run) : [];
  try {
    await table.transact([
      ...(input.writes ?? []),
      ...entryWrites(
        table,
        run,
        { activeRuns: run.state === 'PENDING' ? 1 : 0 },
        all(alive, input.onGroup ?? alive),
      ),
      table.write.put(runCodec.write(keys.run(run.id), run), isReserved ? reserved : absent),
      ...documents.map((document) => table.write.put(document)),
      ...queueWrites(table, run),
      ...notifications.map((item) => table.write.put(item)),
    ]);
  } catch (error) {
    if (isReserved && error instanceof ConditionFailed) await withdrawRun(services, run);
    throw error;
  }
  logWarnings(run.id, run.warnings ?? []);
  for (const item of notifications) await requestDelivery(services, item);
  if (run.queueNumber !== undefined) await wakeDispatcher(services, run);
  return run;
}

async function firstState(services: Services, input: NewRun): Promise<Run> {
  const now = services.now();
  const at = timestamp(now);
  const { id, workflowId, groupId, userId, phase, reservations, tags, inputs = [], version } = input;
  const { engine, machineArn, document, rescoring } = input;
  const run: Run = {
    id,
    workflowId,
    ...(groupId === undefined ? {} : { groupId }),
    ...(userId === undefined ? {} : { userId }),
    ...(phase === undefined ? {} : { phase }),
    ...(reservations === undefined ? {} : { reservations: [...reservations] }),
    ...(tags === undefined ? {} : { tags }),
    ...rescoring,
    ...(inputs.length === 0 ? {} : { inputs: [...inputs] }),
    version,
    ...(engine === undefined ? {} : { engine }),
    machineArn,
    state: 'PENDING',
    createdAt: at,
    fileSecret: newSecret(),
  };
  if ('failure' in document) {
    const ended = transition(run, 'ERROR', at, [document.failure]);
    const warnings = boundedWarnings(document.warnings ?? []);
    return {
      ...run,
      ...ended,
      messages: [document.failure],
      ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
      settled: true,
    };
  }
  const queueNumber = await nextQueueNumber(services);
  // Steps at a remote engine hold none of the stage's vCPUs.
  const vcpus = engine === undefined ? vcpusOf(document.plan) : 0;
  return { ...run, queueNumber, vcpus, ...dueAttributes(id, minutesLater(now, QUEUE_CHECK_MINUTES)) };
}

function documentTexts({ arguments: supplied, config, document, ranked }: NewRun): [string, string][] {
  const texts: [string, string][] = [['arguments', suppliedCodec.write(supplied)]];
  if (config !== undefined) texts.push(['config', runConfigCodec.write(config)]);
  if (!('failure' in document)) texts.push(['plan', runDocumentCodec.write(document)]);
  if (ranked !== undefined) texts.push(['ranked', rankedCodec.write([...ranked])]);
  return texts;
}

async function prepareDocuments({ objects }: Services, run: Run, texts: readonly [string, string][]) {
  const objectKey = (sha256: string) => objectKeys.runFile(run.workflowId, run.id, `document-${sha256}`);
  return Promise.all(
    texts.map(([name, text]) =>
      prepareLargeText(objects, keys.document(keys.run(run.id), name), text, objectKey),
    ),
  );
}

const queueWrites = (table: Table, run: Run): Write[] =>
  run.queueNumber === undefined ? [] : [enqueueRun(table, queuedOf(run, run.queueNumber))];

/** A failed wake-up call does not fail the start: the run is already stored. */
async function wakeDispatcher({ messages }: Services, { id }: Run): Promise<void> {
  try {
    await messages.dispatch();
  } catch (error) {
    logError('the dispatcher was not woken', { runId: id }, error);
  }
}

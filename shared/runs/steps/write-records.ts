import type { RunPlan } from '../../engine/run-plan.ts';
import type { Services } from '../../services/services.ts';
import { ConditionFailed } from '../../store/conditional.ts';
import type { Condition } from '../../store/expressions.ts';
import type { Write } from '../../store/item.ts';
import { keys } from '../../store/keys.ts';
import { progressOf } from './progress.ts';
import { type StepRecord, stepCodec } from './record.ts';

/** `ended` when the run is not running any more, `changed` when another call has gone further. */
export type Written = 'written' | 'ended' | 'changed';

/**
 * Writes the records of steps (of several records of a step, the last) in one transaction, while the run is active and
 * no other call has gone further: each over no record, over an earlier attempt that did not succeed, or over the same
 * attempt while it is running or files are copied for it. An attempt whose task ended never runs again. The run's item
 * gets the progress that they show.
 *
 * @param more writes without a condition
 */
export async function writeRecords(
  { table, metrics }: Services,
  runId: string,
  { steps }: Pick<RunPlan, 'steps'>,
  records: readonly StepRecord[],
  more: readonly Write[] = [],
): Promise<Written> {
  const running: Condition = { expression: '#state = :running', values: { running: 'RUNNING' } };
  const last = [...new Map(records.map((record) => [record.index, record])).values()];
  const progress = progressOf(steps, last);
  const current = ({ attempt, state }: StepRecord): Condition => ({
    expression:
      'attribute_not_exists(#pk) OR (#attempt < :attempt AND #state <> :success) OR ' +
      '(#attempt = :attempt AND #state IN (:running, :open))',
    values: {
      ...{ attempt, running: 'running', success: 'success' },
      open: state === 'running' ? state : 'transferring',
    },
  });
  try {
    await table.transact([
      progress
        ? table.write.update(keys.run(runId), { set: { progress } }, running)
        : table.write.check(keys.run(runId), running),
      ...last.map((record) =>
        table.write.put(stepCodec.write(keys.step(runId, record.index), record), current(record)),
      ),
      ...more,
    ]);
    const repeated = last.filter(({ state }) => state === 'waiting').length;
    if (repeated > 0) metrics.record({ TasksRepeated: repeated });
    return 'written';
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return error.actions.includes(0) ? 'ended' : 'changed';
  }
}

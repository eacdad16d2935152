import { beforeAll, describe, expect, it } from 'vitest';
import { createHandler as createDispatch } from '../../functions/dispatch.ts';
import { createHandler as createSettle } from '../../functions/settle-run.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun } from '../../shared/runs/run.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { executionArn } from '../../shared/services/executions.ts';
import type { Metric } from '../../shared/services/metrics.ts';
import type { Services } from '../../shared/services/services.ts';
import { installTemplate, oneStep } from './install-template.ts';
import { queuedRun, startedRun, whileFull } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

/** The metrics of alarms and the dashboard, at their source. */
const stack = useStack();
let group: string;

beforeAll(async () => {
  const { token } = await stack.user('alice');
  const workflow = await installTemplate(stack, oneStep(['true']), {}, { id: 'W' });
  group = await stack.group(workflow, token, 'Group');
});

/** Services that record their metrics. */
function recorded() {
  const records: Partial<Record<Metric, number>>[] = [];
  const metrics = { record: (values: Partial<Record<Metric, number>>) => void records.push(values) };
  const services: Services = { ...stack.services, metrics };
  return { records, services };
}

/** Returns a message of the queue `settle`. */
const statusEvent = (machineArn: string, runId: string, status: string) => ({
  Records: [
    {
      messageId: 'message',
      body: JSON.stringify({ detail: { executionArn: executionArn(machineArn, runId), status } }),
    },
  ],
});

describe('metrics', () => {
  it('report each minute how many runs wait, how long the first of them waits, and how many vCPUs are in use', async () => {
    const { records, services } = recorded();
    await whileFull(stack, async () => {
      const [first = ''] = [await queuedRun(stack, group), await queuedRun(stack, group)];
      const { createdAt } = await findRun(services, first);
      const now = () => new Date(Date.parse(createdAt) + 90_000);

      await createDispatch({ ...services, now })({});
      await createDispatch({ ...services, now })({ Records: [] });

      expect(records).toEqual([{ RunsWaiting: 2, LongestWait: 90, VcpusInUse: expect.any(Number) }]);
      expect(records[0]?.VcpusInUse).toBeGreaterThan(0);
    });
  });

  it('count the runs that get a slot, and those that end', async () => {
    const { records, services } = recorded();
    const runId = await whileFull(stack, () => queuedRun(stack, group));

    await cancelRun(services, await findRun(services, runId));

    expect(records).toEqual([{ RunsCanceled: 1 }]);
    await expect(cancelRun(services, await findRun(services, runId))).rejects.toThrow();
    expect(records).toHaveLength(1);
  });

  it('count failed executions, and not those that were stopped', async () => {
    const { id } = await startedRun(stack, group);
    const { machineArn } = await findRun(stack.services, id);
    const { records, services } = recorded();
    const settle = createSettle(services);

    await settle(statusEvent(machineArn, id, 'FAILED') as never);
    await settle(statusEvent(machineArn, id, 'ABORTED') as never);

    expect(records).toEqual([{ ExecutionsFailed: 1 }, { RunsFailed: 1 }]);
  });

  it('count each task that is started again once', async () => {
    const { id, step, attempt } = await startedRun(stack, group);
    const { records, services } = recorded();
    const error = { name: 'States.TaskFailed', cause: '{"StopCode":"TaskFailedToStart","Containers":[]}' };
    const outcome = { step, attempt, error };

    await nextStep(services, { runId: id, outcome });
    await nextStep(services, { runId: id, outcome });

    expect(records).toEqual([{ TasksRepeated: 1 }]);
    await cancelRun(stack.services, await findRun(stack.services, id));
  });
});

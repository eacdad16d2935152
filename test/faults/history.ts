import { readRunDocument } from '../../shared/runs/documents/plan.ts';
import type { Run } from '../../shared/runs/run.ts';
import { isActive, type RunState } from '../../shared/runs/state.ts';
import { isRefunded } from '../../shared/runs/steps/outcome.ts';
import { readRunAndSteps, type StepRecord } from '../../shared/runs/steps/record.ts';
import { type TaskUse, taskUse } from '../../shared/runs/steps/task-seconds.ts';
import type { Services } from '../../shared/services/services.ts';
import type { AwsCall } from './world/aws.ts';

/** What happened to one run, as the table showed it after each write. */
export interface RunHistory {
  readonly id: string;
  readonly groupId: string | undefined;
  readonly createdAt: string;
  /** Each state that it had, in order. */
  readonly states: { readonly state: RunState; readonly at: number }[];
  /** Whether it ended without counting in its contest. */
  refunded: boolean;
  /** What its tasks took, by the records of its steps; absent until it ended. */
  used: { readonly month: string; readonly use: TaskUse } | undefined;
  /** When it left all lists. */
  deletedAt: number | undefined;
}

export type History = ReturnType<typeof createHistory>;

/** Records all states of all runs, by reading each run after each write that names it. */
export function createHistory(now: () => number) {
  const runs = new Map<string, RunHistory>();

  const note = async (services: Services, id: string): Promise<void> => {
    const found = await readRunAndSteps(services, id);
    const known = runs.get(id);
    if (!found) {
      if (known) known.deletedAt ??= now();
      return;
    }
    const { run, steps } = found;
    const history = known ?? {
      ...{
        id,
        groupId: run.groupId,
        createdAt: run.createdAt,
        states: [],
        refunded: false,
        used: undefined,
        deletedAt: undefined,
      },
    };
    runs.set(id, history);
    if (run.deleting) history.deletedAt ??= now();
    const before = history.states.at(-1)?.state;
    if (before === run.state) return;
    history.states.push({ state: run.state, at: now() });
    if (isActive(run.state)) return;
    history.used ??= await usedBy(services, run, steps);
    const neverBegan = run.state === 'CANCELED' && (before === undefined || before === 'PENDING');
    history.refunded = neverBegan || (run.state === 'ERROR' && isRefunded(steps));
  };

  return {
    runs,
    /** To be called after each write. */
    async observe(services: Services, call: AwsCall): Promise<void> {
      for (const id of writtenRuns(call)) await note(services, id);
    },
  };
}

async function usedBy(services: Services, { id, finishedAt = '' }: Run, steps: readonly StepRecord[]) {
  const planned = steps.length === 0 ? [] : (await readRunDocument(services, id)).plan.steps;
  return { month: finishedAt.slice(0, 7), use: taskUse(planned, steps, finishedAt) };
}

/** The runs whose items a call writes. */
function writtenRuns({ service, operation, input }: AwsCall): Set<string> {
  const ids = new Set<string>();
  if (service !== 'dynamodb') return ids;
  const text =
    operation === 'TransactWriteItems' || operation.startsWith('Update') ? JSON.stringify(input) : '';
  if (!/set_state|set_deleting|"Delete"|"PENDING"/.test(text)) return ids;
  for (const [, id] of text.matchAll(/"pk":\{"S":"RUN#([0-9a-f]{32})"\},"sk":\{"S":"META"\}/g))
    ids.add(id ?? '');
  return ids;
}

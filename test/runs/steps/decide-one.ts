import * as steps from '../../../shared/runs/steps/decide.ts';
import type { StepRecord } from '../../../shared/runs/steps/record.ts';
import type { StepStatus } from '../../../shared/staging/protocol.ts';

type Input = Omit<Parameters<typeof steps.decide>[0], 'statuses'>;

/** Decides after a task of one step: its report, and the record that it changes. */
export function decide({ status, ...input }: Input & { readonly status: StepStatus | undefined }) {
  const statuses = new Map(status && input.outcome ? [[input.outcome.step, status]] : []);
  const { recorded, action } = steps.decide({ ...input, statuses });
  const [one = null, ...others]: readonly (StepRecord | null)[] = recorded;
  if (others.length > 0) throw new Error('a task of one step changed several records');
  return { recorded: one, action };
}

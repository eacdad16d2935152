import { lazily } from '../shared/clients.ts';
import type { MergeWave } from '../shared/runs/steps/begin-attempt.ts';
import { nextStep } from '../shared/runs/steps/next-step.ts';
import type { CheckReuse } from '../shared/runs/steps/reuse.ts';
import type { Services } from '../shared/services/services.ts';

/** Called by a run's state machine before its first step and after each. */
export const createHandler = (services: Services) => {
  // Loaded on use: few workflows have steps with `cache: true`.
  const load = lazily(async () =>
    (await import('../shared/reuse/check-reuse.ts')).createCheckReuse(services),
  );
  const check: CheckReuse = async (step) => (await load())(step);
  // Few workflows have steps that run at the same time.
  const loadMerge = lazily(async () =>
    (await import('../shared/broker/merge-wave.ts')).createMergeWave(services),
  );
  const merge: MergeWave = async (due) => (await loadMerge())(due);
  return (event: unknown) => nextStep(services, event, check, merge);
};

import { costOf } from '../costs/step-price.ts';
import { type PlannedStep, plannedSize } from '../engine/run-plan.ts';
import { FlowservError } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import { newId } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { planRun, readRunInputs } from './start.ts';

/** What a step costs at most. */
export interface StepEstimate {
  readonly name: string;
  /** Number of vCPUs. */
  readonly cpu: number;
  /** Its time limit in seconds. */
  readonly timeout: number;
  /** Micro-dollars, if it takes all of its time on demand. */
  readonly micros: number;
}

/**
 * Estimates what a run with these arguments would cost at most, without starting it: nothing is stored, and no limit is
 * checked. Steps that are skipped cost nothing, and neither does a remote engine.
 *
 * @param supplied the `arguments` of the request that would start the run
 * @throws FlowservError as `startRun` for the arguments and the configuration; 400 if the run could not be planned
 */
export async function estimateRun(
  services: Services,
  group: Group,
  supplied: unknown,
  config: Readonly<Record<string, unknown>> | undefined,
): Promise<readonly StepEstimate[]> {
  const inputs = await readRunInputs(services, group, supplied, config);
  const planned = planRun(services, newId(), inputs, undefined);
  if ('failure' in planned) throw new FlowservError('run.not-planned', planned.failure);
  if (inputs.version.engine !== null) return [];
  return planned.plan.steps.filter(({ skipped }) => !skipped).map(estimateOf);
}

function estimateOf(step: PlannedStep): StepEstimate {
  const { cpu, timeout } = plannedSize(step);
  return { name: step.name, cpu, timeout, micros: costOf(step.price?.onDemand ?? 0, timeout) };
}

import { readConfig } from '../../shared/config.ts';
import type { RunPlan } from '../../shared/engine/run-plan.ts';
import { type PlanningInput, planOf } from '../../shared/runs/planning.ts';
import { PYTHON } from '../engine/python-settings.ts';
import { STEP_SIZES } from '../step-sizes.ts';

type Input = Partial<PlanningInput> & Pick<PlanningInput, 'workflow' | 'parameters' | 'given'>;

/** Plans a run of a template without outputs and results, on a stage with default settings. */
export const planWith = (input: Input): RunPlan =>
  planOf({
    ...{ config: null, sizes: STEP_SIZES, pricing: readConfig({}).pricing, outputs: [], resultFile: null },
    python: PYTHON,
    ...input,
  });

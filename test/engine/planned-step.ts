import type { PlannedStep } from '../../shared/engine/run-plan.ts';

/** An organiser's step of a plan that runs `true`. Tests state the members that matter to them. */
export const plannedStep = (index: number, change: Partial<PlannedStep> = {}): PlannedStep => ({
  index,
  name: `step ${index}`,
  skipped: false,
  participantCode: false,
  image: 'python:3.9',
  commands: ['true'],
  variables: {},
  env: {},
  inputs: [],
  outputs: [],
  ...change,
});

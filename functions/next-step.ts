import { nextStep } from '../shared/runs/steps/next-step.ts';
import type { Services } from '../shared/services/services.ts';

/** Called by a run's state machine before its first step and after each. */
export const createHandler = (services: Services) => (event: unknown) => nextStep(services, event);

import { invalid } from '../errors.ts';
import { excessesOf, type SizeKey, type SizeRequest, type StepSizes } from '../step-size.ts';
import type { EngineConfig } from './engine-config.ts';

/** What a participant configures for the steps that the participant supplies. */
export interface ParticipantConfig {
  /** Sizes that the manifest of the workflow lets participants set. */
  readonly allowed: readonly SizeKey[];
  /** The participant's configuration. Nothing else in it is applied. */
  readonly engine: EngineConfig;
}

/**
 * Returns the size that a participant requests for a step, from the worker to which the participant's configuration
 * maps the step. Its sizes are numbers, so that no text of a participant gets further.
 *
 * @param step name of a step that the participant supplies.
 * @param given the organiser's size. A group without a configuration of its own has that of the workflow.
 * @throws FlowservError 400 `run.size` that names each value that is too large
 */
export function participantSize(
  { allowed, engine }: ParticipantConfig,
  step: string,
  given: SizeRequest,
  sizes: StepSizes,
): SizeRequest {
  const worker = engine.workers.get(engine.byStep.get(step) ?? '');
  if (!worker) return {};
  const request = Object.fromEntries(
    allowed.flatMap((key) => {
      const value = worker.size[key];
      return value === undefined || value === given[key] ? [] : [[key, value] as const];
    }),
  );
  const excesses = excessesOf(request, sizes);
  if (excesses.length === 0) return request;
  const problems = excesses.map(({ key, message }) => `${worker.path}.${key}: ${message}`);
  throw invalid('run.size', `config.${problems.join('; config.')}`);
}

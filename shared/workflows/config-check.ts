import { didYouMean, nearestName } from '../documents/nearest-name.ts';
import { below, type Location, takesWarnings } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import {
  isList,
  isMapping,
  type PythonMapping,
  type PythonValue,
  toPythonValue,
} from '../documents/python-value.ts';
import { configKeys, type EngineConfig } from '../engine/engine-config.ts';
import { warn, warnOfUnknownKeys } from '../template/template-warnings.ts';
import { warnOfImage } from './check-images.ts';

/**
 * Warns about keys of an organiser's engine configuration that nothing reads, such as a misspelled `spot`, and about
 * images of its workers that have no version.
 *
 * @param config in the form that `parseEngineConfig` accepts; others get no warnings
 */
export function warnOfConfig(config: unknown, location: Location): void {
  const document = toPythonValue(config ?? {});
  if (!isMapping(document)) return;
  warnOfUnknownKeys(document, configKeys.document, { ...location, path: 'engine configuration' });
  eachMapping(document.workers, below(location, 'workers'), (worker, at) => {
    const isByImage = worker.name === undefined && worker.image !== undefined;
    warnOfUnknownKeys(worker, isByImage ? configKeys.imageWorker : configKeys.worker, at);
    if (isByImage && isMapping(worker.args))
      warnOfUnknownKeys(worker.args, configKeys.args, below(at, 'args'));
    // That of a worker by image selects steps, whose images are checked in the template.
    if (!isByImage && typeof worker.image === 'string') warnOfImage(worker.image, below(at, 'image'));
  });
  eachMapping(document.volumes, below(location, 'volumes'), (volume, at) =>
    warnOfUnknownKeys(volume, configKeys.volume, at),
  );
  eachMapping(document.workflow, below(location, 'workflow'), (entry, at) =>
    warnOfUnknownKeys(entry, configKeys.mapping, at),
  );
}

/**
 * Warns about names that the engine configuration maps to a worker, but that no step has.
 *
 * @param steps names of all steps, with those of post-processing
 */
export function warnOfMappedSteps(engine: EngineConfig, steps: readonly string[], location: Location): void {
  for (const [step, worker] of engine.byStep) {
    if (!takesWarnings(location)) return;
    if (steps.includes(step)) continue;
    warn(
      location,
      'step.unknown',
      `the engine configuration maps '${quotedText(step)}' to the worker '${quotedText(worker)}', but no step has this name${didYouMean(nearestName(step, steps))}`,
    );
  }
}

function eachMapping(
  value: PythonValue | undefined,
  location: Location,
  visit: (mapping: PythonMapping, at: Location) => void,
): void {
  if (!isList(value)) return;
  for (const [index, entry] of value.entries()) if (isMapping(entry)) visit(entry, below(location, index));
}

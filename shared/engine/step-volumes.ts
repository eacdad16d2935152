import type { EngineConfig } from './engine-config.ts';
import type { PlannedStep } from './run-plan.ts';
import { isInput } from './volume-index.ts';

/** A file of a storage volume, or with a final `/` a folder, that a step gets. */
export interface VolumeFetch {
  readonly volume: string;
  readonly path: string;
}

/**
 * Returns what a step gets from storage volumes: those of its inputs that the engine configuration lists as files of a
 * volume.
 *
 * @param inputs of the step, without those that depend on arguments: a participant must not choose files
 */
export function fetchesOf(
  { volumes }: Pick<EngineConfig, 'volumes'>,
  inputs: readonly string[],
): VolumeFetch[] {
  const found = [...volumes].flatMap(([volume, files]) =>
    files.flatMap((file) =>
      inputs.flatMap((input) => {
        if (isInput(input, file)) return [{ volume, path: file }];
        return isInput(file, input) ? [{ volume, path: input }] : [];
      }),
    ),
  );
  return [...new Map(found.map((fetch) => [JSON.stringify(fetch), fetch])).values()];
}

/** Whether files are copied from or to a storage volume for a step, so that it has a task of its own. */
export const usesVolumes = ({ volume, fetches = [] }: Pick<PlannedStep, 'volume' | 'fetches'>): boolean =>
  volume !== undefined || fetches.length > 0;

/** Whether a step of a workflow may use a storage volume, so that its state machine has a state for transfers. */
export const configUsesVolumes = ({ volumes, workers }: EngineConfig): boolean =>
  volumes.size > 0 || [...workers.values()].some(({ volume }) => volume !== undefined);

/**
 * Returns the paths of the files of volumes, like those of static files: participants must not place files at them or
 * beside them. `*` stands for the files of a folder.
 */
export const volumePaths = ({ volumes }: Pick<EngineConfig, 'volumes'>): string[] => [
  ...new Set([...volumes.values()].flat().map((path) => (path.endsWith('/') ? `${path}*` : path))),
];

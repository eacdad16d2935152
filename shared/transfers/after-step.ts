import { leftByStep } from '../broker/inputs.ts';
import type { PlannedStep } from '../engine/run-plan.ts';
import { afterStep as registered } from '../engine/volume-index.ts';
import type { FileEntry, TreeEntry } from '../staging/protocol.ts';
import { covers } from '../template/output-paths.ts';
import type { OpenVolumes } from './open-volumes.ts';
import type { Progress } from './progress.ts';
import { storeFiles, writableVolume } from './store-files.ts';

/** Copies the declared outputs of a step to the volume of its worker, which then holds their newest versions alone. */
export async function afterStep(progress: Progress, volumes: OpenVolumes): Promise<void> {
  const { services, origin, step } = progress;
  if (step.volume === undefined || !writableVolume(progress, volumes)) return;
  const outputs = outputsIn(await leftByStep(services, origin, step), step);
  const index = registered(
    new Map(),
    step.volume,
    outputs.map(({ path }) => path),
  );
  await storeFiles(progress, await volumes.open(step.volume), outputs, (path) => index.get(path) ?? []);
}

/**
 * The declared outputs among the files that a step left, without links. The list comes from the step's task: a
 * participant's step adds nothing to what the organiser's steps make.
 */
export function outputsIn(
  left: readonly TreeEntry[],
  { outputs, leaves, others = [] }: Pick<PlannedStep, 'outputs' | 'leaves' | 'others'>,
): FileEntry[] {
  const isDeclared = (path: string) => outputs.some((output) => covers(output, path));
  const isOwn = (path: string) =>
    leaves === undefined ||
    (leaves.some((leaf) => covers(leaf, path)) && !others.some((other) => covers(other, path)));
  return left.filter((entry) => entry.type === 'file').filter(({ path }) => isDeclared(path) && isOwn(path));
}

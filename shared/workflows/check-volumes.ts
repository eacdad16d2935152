import { withoutReferences } from '../engine/declared-outputs.ts';
import { type EngineConfig, workerOf } from '../engine/engine-config.ts';
import { holdsParticipantCode } from '../engine/participant-code.ts';
import type { SerialWorkflow } from '../engine/serial-workflow.ts';
import { isInput } from '../engine/volume-index.ts';
import { FlowservError, invalid } from '../errors.ts';
import { isPrivate } from '../template/file-access.ts';
import { covers, keptPaths } from '../template/output-paths.ts';
import type { Template } from '../template/template.ts';
import type { ConfiguredVolume } from '../volume-setting.ts';
import type { StaticFile } from './version.ts';

/** A workflow that is to be installed. */
interface CheckedWorkflow {
  readonly template: Pick<Template, 'outputs' | 'results'>;
  /** The workflow, and its post-processing if it has one. */
  readonly workflows: readonly SerialWorkflow[];
  readonly files: readonly Pick<StaticFile, 'path' | 'access'>[];
  readonly engine: EngineConfig;
}

/** Returns why a storage volume that an engine configuration names cannot be used: it is none of the operator's. */
export function unknownVolume(
  volumes: readonly ConfiguredVolume[],
  engine: EngineConfig,
): string | undefined {
  const named = [
    ...[...engine.workers.values()].map((worker) => [`${worker.path}.volume`, worker.volume] as const),
    ...[...engine.volumes.keys()].map((name) => ['volumes', name] as const),
  ];
  const offered = volumes.map((volume) => volume.id);
  const [path, id] = named.find(([, one]) => one !== undefined && !offered.includes(one)) ?? [];
  if (id === undefined) return undefined;
  const known = offered.join(', ');
  const others = known === '' ? 'the operator configured none' : `the operator configured ${known}`;
  return `${path}: unknown storage volume '${id.slice(0, 64)}'; ${others} (docs/storage-volumes.md)`;
}

/**
 * Checks whether the steps of a workflow may use the storage volumes that its engine configuration names.
 *
 * @throws FlowservError 400 `workflow.volume`, or 404 for an unknown volume
 */
export function checkVolumes(volumes: readonly ConfiguredVolume[], checked: CheckedWorkflow): void {
  const { template, workflows, files, engine } = checked;
  const unknown = unknownVolume(volumes, engine);
  if (unknown !== undefined) throw new FlowservError('object.unknown', unknown);
  const kept = keptPaths(
    (template.outputs ?? []).map(({ source }) => source),
    template.results?.file,
  );
  const made = workflows.flatMap((workflow) => [
    ...workflow.outputs,
    ...workflow.steps.flatMap(({ outputs }) => outputs),
  ]);
  for (const [id, paths] of engine.volumes) {
    for (const path of paths) {
      const output = withoutReferences([...made, ...kept]).find((one) => overlap(one, path));
      if (output === undefined) continue;
      throw invalid(
        'workflow.volume',
        `'${path}' of the storage volume '${id}' and the output '${output}' overlap; rename one of them`,
      );
    }
  }
  const secret = files.find(isPrivate);
  if (secret !== undefined) checkPrivacy(volumes, checked, secret.path);
}

const overlap = (output: string, path: string): boolean =>
  covers(output, path) || isInput(path, output) || path === `${output}/`;

/** The operators of a volume may read what the steps of its workers make, which may reveal private files. */
function checkPrivacy(
  volumes: readonly ConfiguredVolume[],
  { workflows, engine }: CheckedWorkflow,
  secret: string,
): void {
  for (const step of workflows.flatMap(({ steps }) => steps)) {
    const { name, action } = step;
    if (action.kind === 'actor' || holdsParticipantCode(step)) continue;
    const { volume: id } = workerOf(engine, name, action.image, action.kind);
    const volume = volumes.find((one) => one.id === id);
    if (volume === undefined || volume.readOnly || volume.privateFiles) continue;
    throw invalid(
      'workflow.volume',
      `step '${name}' may get the private file '${secret}', and must not write to the storage volume '${volume.id}'; set 'privateFiles' of the volume if its operators may read what the step makes, or give the step another worker`,
    );
  }
}

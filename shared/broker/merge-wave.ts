import type { PlannedStep, RunPlan } from '../engine/run-plan.ts';
import { waveBefore } from '../engine/waves.ts';
import { logWarning } from '../log.ts';
import { type RunDocument, seesPrivate } from '../runs/documents/plan.ts';
import type { MergeWave } from '../runs/steps/begin-attempt.ts';
import { stepCodec } from '../runs/steps/record.ts';
import type { Services } from '../services/services.ts';
import type { StepManifest } from '../staging/protocol.ts';
import { keys } from '../store/keys.ts';
import { covers } from '../template/output-paths.ts';
import { objectKeys } from '../volumes/keys.ts';
import { readStaticFiles } from '../workflows/version.ts';
import { leftByStep, MERGED, treeBefore } from './inputs.ts';
import { stepLimits } from './limits.ts';
import { type MemberTree, type MergeConflict, mergeTrees } from './merge-trees.ts';

/**
 * Creates the function that stores what the steps of a wave left together, for the steps after it. `next-step` calls it
 * before the first of them begins. The steps of the wave have ended and their manifests never change, so a repeated call
 * stores the same.
 */
export const createMergeWave =
  (services: Services): MergeWave =>
  async ({ run, document, step }) => {
    const { plan } = document;
    const wave = waveBefore(plan.steps, step);
    const [first, last] = [wave[0], wave.at(-1)];
    if (!first || !last || wave.length < 2) return undefined;
    const record = stepCodec.readMaybe(await services.table.get(keys.step(run.id, last.index)));
    const key = objectKeys.stepFile(run.id, last.index, record?.attempt ?? 0, MERGED);
    if ((await services.objects.size('work', key)) !== undefined) return undefined;
    const files = await readStaticFiles(services, run.workflowId, run.version);
    const origin = { run, document, files };
    const base = await treeBefore(services, origin, first, seesPrivate(document, first));
    const shared = base.filter((entry) => entry.type !== 'file' || entry.private !== true);
    const members: MemberTree[] = [];
    // One after the other: each manifest may have 16 MB.
    for (const member of wave) {
      const declared = [...member.inputs, ...(member.writes ?? [])];
      members.push({ name: member.name, declared, entries: await leftByStep(services, origin, member) });
    }
    const merging = mergeTrees(shared, members);
    if ('conflict' in merging) return messageOf(run.id, document, wave, merging.conflict);
    const { entries } = merging;
    const limit = stepLimits(step).files;
    if (entries.length > limit) return `the steps before it left more than ${limit} files together`;
    const manifest: StepManifest = { v: 1, entries };
    await services.objects.write('work', key, Buffer.from(JSON.stringify(manifest)));
    return undefined;
  };

/**
 * The message for participants. The name of a file that a step with private files left may reveal them, so only the
 * operator's log has it, unless the template declares the path.
 */
function messageOf(
  runId: string,
  document: RunDocument,
  wave: readonly PlannedStep[],
  { kind, path, steps: [one, other] }: MergeConflict,
): string {
  logWarning('steps that ran at the same time conflict', { runId, steps: [one, other], path, kind });
  const isHidden = wave.some((step) => seesPrivate(document, step)) && !isDeclared(document.plan, path);
  const file = isHidden ? 'a file' : `'${path}'`;
  const both = `steps '${one}' and '${other}' ran at the same time`;
  const fix = "list what each step reads and writes in its 'files.inputs' and 'files.outputs'";
  return kind === 'declared'
    ? `${both}, and '${one}' changed ${file}, which '${other}' declares; ${fix}`
    : `${both} and left different content at ${isHidden ? 'the same path' : file}; ${fix}`;
}

const isDeclared = ({ steps }: RunPlan, path: string): boolean =>
  steps.some(({ inputs, writes = [] }) => [...inputs, ...writes].some((one) => covers(one, path)));

import { declaredOutputs } from '../engine/declared-outputs.ts';
import { parseEngineConfig } from '../engine/engine-config.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import { parseSerialWorkflow, readSerialWorkflow } from '../engine/serial-workflow.ts';
import { volumePaths } from '../engine/step-volumes.ts';
import { rootOf } from '../engine/working-folder.ts';
import { invalid } from '../errors.ts';
import { filePaths } from '../template/declaration.ts';
import { pathsByAccess } from '../template/file-access.ts';
import { covers, keptPaths } from '../template/output-paths.ts';
import type { Parameter } from '../template/parameter.ts';
import { phaseIdOf } from '../template/phases.ts';
import { closedFolders, locationRule, type Root } from '../template/static-paths.ts';
import type { WorkflowVersion } from '../workflows/version.ts';
import type { RunDocument } from './documents/plan.ts';
import type { PlanningInput } from './planning.ts';

/** The parts of a workflow's version that concern the files in a run directory. */
export type Specification = Pick<PlanningInput, 'workflow' | 'outputs' | 'resultFile'> & {
  /** Paths of the static files that participants may know, and of the files of storage volumes. */
  readonly staticFiles: readonly string[];
  /** Paths of the private static files. */
  readonly privateFiles: readonly string[];
  /** What the organiser's steps take from the run directory itself. */
  readonly root: Root;
};

/** What a run in a phase replaces of the private static files, for its document; nothing without such a phase. */
export function replacedIn(
  { contest }: Pick<WorkflowVersion, 'contest'>,
  phase: string | undefined,
): Pick<RunDocument, 'replaced'> {
  const own = phaseIdOf(phase, contest?.phases);
  const replaced = contest?.phases?.find(({ id }) => id === own)?.inputs;
  return replaced === undefined ? {} : { replaced };
}

/** Returns the parts of a workflow that concern files; a workflow that cannot be read has no rules. */
export function specificationOf(
  { files, config }: Pick<WorkflowVersion, 'files' | 'config'>,
  parts: Pick<PlanningInput, 'workflow' | 'outputs' | 'resultFile'>,
): Specification {
  const { known, private: privateFiles } = pathsByAccess(files);
  const staticFiles = [...known, ...volumePaths(parseEngineConfig(config))];
  const serial = readSerialWorkflow(parts.workflow, { path: 'workflow', problems: [] });
  const root = rootOf(serial, [...staticFiles, ...privateFiles], config);
  return { ...parts, staticFiles, privateFiles, root };
}

/**
 * Rejects files that would change the organiser's static files: a file may replace one, or be stored beside it, only
 * where the template declares that. Parameters that a group adds do not count as such a declaration.
 *
 * @throws FlowservError 400
 */
export function checkTargets(
  plan: RunPlan,
  parameters: readonly Parameter[],
  { staticFiles, privateFiles, root }: Pick<Specification, 'staticFiles' | 'privateFiles' | 'root'>,
): void {
  const faultOf = locationRule(staticFiles, root, privateFiles);
  const declared = new Set(parameters.flatMap(filePaths));
  const made = madeByOrganiser(plan);
  const locations = [...plan.uploads, ...plan.copies.map(({ target }) => ({ path: target, declared: true }))];
  for (const { path, ...own } of locations) {
    const isDeclared = own.declared && declared.has(path);
    const isMade = made.has(path) && !isDeclared;
    const fault = isMade ? 'is what the workflow itself makes; name another' : faultOf(path, isDeclared);
    if (fault !== undefined) throw invalid('argument.target', `the path '${path}' ${fault}`);
  }
}

/**
 * Paths that steps of the organiser make. If such a file existed before, `make` and similar tools would take it as
 * done.
 */
function madeByOrganiser({ steps, outputs, resultFile }: RunPlan): ReadonlySet<string> {
  const organisers = steps.filter(({ leaves }) => leaves === undefined);
  if (organisers.length === 0) return new Set();
  return new Set([...organisers.flatMap((step) => step.outputs), ...keptPaths(outputs, resultFile)]);
}

/**
 * Which files of a run's tree steps may change, and where they may leave others: static files, and locations beside
 * them, only where the specification itself declares an output. An output whose path comes from an argument does not
 * count; otherwise a participant could replace the scorer.
 */
export function treeRules(
  specification: Specification,
): Pick<RunDocument, 'released' | 'closed' | 'declared'> {
  const { workflow, outputs, resultFile, staticFiles, root } = specification;
  const sources = outputs.map(({ source }) => source);
  const declared = declaredOutputs(parseSerialWorkflow(workflow), keptPaths(sources, resultFile));
  return {
    released: staticFiles.filter((file) => declared.some((output) => covers(output, file))),
    closed: closedFolders(staticFiles, root),
    declared,
  };
}

import { type PlannedStep, plannedSize } from '../../engine/run-plan.ts';
import { plainStepScript } from '../../engine/step-script.ts';
import { keptPaths } from '../../template/output-paths.ts';
import type { RemoteRun } from '../contract.ts';

/** Folder of the scripts in the workspace. No static file and no upload begins with it by chance. */
const SCRIPTS = '.flowserv-steps';

/** A script of a step, as a file of the workspace. */
interface Script {
  readonly path: string;
  readonly text: string;
}

/**
 * Name of a step for REANA, from which its index can be read again. Names of templates may occur twice and contain any
 * character.
 */
const reanaStepName = ({ index }: Pick<PlannedStep, 'index'>): string => `step-${index}`;

/** Index of the step with a name of `reanaStepName`; undefined for another text. */
export function stepOfName(name: string): number | undefined {
  const index = /^step-(\d{1,4})$/.exec(name)?.[1];
  return index === undefined ? undefined : Number(index);
}

/**
 * The specification of a run as a serial workflow of REANA ("REANA analysis specification", `reana.yaml`).
 *
 * REANA expands `$name` in commands, runs each command of a step in a pod of its own, and has no environment of a step.
 * So each step is one command that runs a script, which has the commands and the environment.
 */
export function reanaSpecification({ plan, inputs }: RemoteRun) {
  const steps = executed(plan.steps);
  const kept = keptPaths(plan.outputs, plan.resultFile);
  const isFolder = (path: string) => path.endsWith('/');
  return {
    inputs: { files: [...inputs.map(({ path }) => path), ...steps.map(scriptPath)] },
    workflow: {
      type: 'serial',
      specification: {
        steps: steps.map((step) => {
          const { memory, timeout } = plannedSize(step);
          return {
            name: reanaStepName(step),
            environment: step.image,
            commands: [`sh ${scriptPath(step)}`],
            kubernetes_memory_limit: `${memory}Mi`,
            kubernetes_job_timeout: timeout,
          };
        }),
      },
    },
    outputs: {
      files: [...new Set(kept.filter((path) => !isFolder(path)))],
      directories: [...new Set(kept.filter(isFolder))].map((path) => path.slice(0, -1)),
    },
  };
}

/** The scripts that the specification refers to. They create the folders that a step expects to exist. */
export function stepScripts({ plan }: Pick<RemoteRun, 'plan'>): Script[] {
  return executed(plan.steps).map((step) => {
    const files = [...step.outputs, ...keptPaths(plan.outputs, plan.resultFile)];
    const folders = files.map((file) => file.slice(0, Math.max(0, file.lastIndexOf('/'))));
    const wanted = [...new Set(folders)].filter((folder) => folder !== '').sort();
    return { path: scriptPath(step), text: plainStepScript(step, wanted) };
  });
}

const executed = (steps: readonly PlannedStep[]) => steps.filter(({ skipped }) => !skipped);

const scriptPath = ({ index }: PlannedStep): string => `${SCRIPTS}/${index}.sh`;

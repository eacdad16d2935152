import type { PlannedStep } from '../../engine/run-plan.ts';
import { plainStepScript, quote } from '../../engine/step-script.ts';
import { covers, keptPaths } from '../../template/output-paths.ts';
import type { RemoteRun } from '../contract.ts';
import { beginMark, endMark } from './log-marks.ts';

/** Folder of a step's working directory that holds the run's files. */
export const TREE = 'tree';
/** Folder of the last step's working directory that holds the files to keep. */
export const OUTPUTS = 'outputs';

/** Bytes of a step's output that the engine gets to see, so that the log of a run stays small. */
const FAILED_BYTES = 32 * 1024;
const DONE_BYTES = 8 * 1024;

/** Name of an input as an attachment. Servers remove characters from names, and the files are renamed by a script. */
export const inputName = (position: number): string => `input-${position}`;
export const scriptName = ({ index }: Pick<PlannedStep, 'index'>): string => `step-${index}.sh`;

/** The steps of a run that are executed, in order. */
export const executed = ({ plan }: Pick<RemoteRun, 'plan'>): readonly PlannedStep[] =>
  plan.steps.filter(({ skipped }) => !skipped);

/**
 * The POSIX shell script of a step, which runs in the working directory of its tool. The first step creates the run's
 * files from the inputs, and the last one copies the files to keep. Output goes to a file first, since servers return
 * the whole log of a run in one response.
 *
 * Exit code: that of the step's command that failed, or 126 if its files could not be prepared or kept.
 */
export function stepScript(run: RemoteRun, step: PlannedStep): string {
  const { plan, runId } = run;
  const steps = executed(run);
  const kept = keptPaths(plan.outputs, plan.resultFile);
  const folders = [...step.outputs, ...kept].map(folderOf);
  const wanted = [...new Set(folders)].filter((folder) => folder !== '').sort();
  return `${[
    ...(step === steps[0] ? layOut(run) : []),
    '(',
    `cd ${TREE} || exit 126`,
    `${plainStepScript(step, wanted)})  >flowserv.log 2>&1 </dev/null`,
    'flowserv_code=$?',
    ...(step === steps.at(-1) ? ['if [ "$flowserv_code" = 0 ]; then', ...keep(kept), 'fi'] : []),
    `flowserv_bytes=${DONE_BYTES}`,
    `[ "$flowserv_code" = 0 ] || flowserv_bytes=${FAILED_BYTES}`,
    `echo ${quote(beginMark(runId, step.index))} >&2`,
    'tail -c "$flowserv_bytes" flowserv.log >&2',
    `printf '\\n%s\\n' ${quote(endMark(runId, step.index))}" $flowserv_code" >&2`,
    'exit "$flowserv_code"',
  ].join('\n')}\n`;
}

/** Creates the run's files. The inputs may be read-only, so they are copied without their mode. */
function layOut({ inputs }: RemoteRun): string[] {
  const folders = new Set([TREE, ...inputs.map(({ path }) => folderOf(`${TREE}/${path}`))]);
  return [
    ...[...folders].sort().map((folder) => `mkdir -p ${quote(folder)} || exit 126`),
    ...inputs.map(
      ({ path }, position) => `cat ${inputName(position)} >${quote(`${TREE}/${path}`)} || exit 126`,
    ),
  ];
}

/** Copies the files to keep, with the files that links lead to. Absent ones are reported when the run is settled. */
function keep(kept: readonly string[]): string[] {
  const paths = [...new Set(kept.map((path) => path.replace(/\/$/, '')))];
  const outermost = paths.filter((path) => !paths.some((other) => other !== path && covers(other, path)));
  return [
    `mkdir -p ${OUTPUTS} || flowserv_code=126`,
    ...outermost.flatMap((path) => {
      const [from, to] = [quote(`${TREE}/${path}`), quote(`${OUTPUTS}/${path}`)];
      const parent = quote(folderOf(`${OUTPUTS}/${path}`));
      return [
        `if [ -d ${from} ]; then { mkdir -p ${to} && cp -R -L ${from}/. ${to}/; }`,
        `elif [ -e ${from} ]; then { mkdir -p ${parent} && cp -L ${from} ${to}; }`,
        'fi >>flowserv.log 2>&1 || flowserv_code=126',
      ];
    }),
  ];
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

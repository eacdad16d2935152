import { type PlannedStep, plannedSize } from '../../engine/run-plan.ts';
import type { RemoteRun } from '../contract.ts';
import { executed, inputName, OUTPUTS, scriptName, stepScript, TREE } from './scripts.ts';

/** Version of the Common Workflow Language of the documents. */
export const CWL_VERSION = 'v1.2';
/** Name of the document as an attachment. */
export const DOCUMENT_NAME = 'workflow.cwl';

/** Disk in GiB that each step has without a request, as on Fargate; engines are asked for more only. */
const USUAL_DISK = 21;

/** Id of the output of each tool, which no input has. */
const RESULT = 'result';

const scriptInput = ({ index }: PlannedStep): string => `script_${index}`;
const stepId = ({ index }: PlannedStep): string => `step_${index}`;

/**
 * The steps of a run as a workflow of the Common Workflow Language, version 1.2: one document without references to
 * others, in JSON. Each step is a tool that runs a script (`scripts.ts`) on a copy of the files that the step before it
 * left. All names are ours, and texts of templates and arguments are in the scripts only, so that nothing is taken for an
 * expression.
 */
export function cwlWorkflow(run: RemoteRun) {
  const steps = executed(run);
  const last = steps.at(-1);
  return {
    cwlVersion: CWL_VERSION,
    class: 'Workflow',
    inputs: {
      inputs: 'File[]',
      ...Object.fromEntries(steps.map((step) => [scriptInput(step), 'File'])),
    },
    outputs: last ? { [OUTPUTS]: { type: 'Directory', outputSource: `${stepId(last)}/${RESULT}` } } : {},
    steps: Object.fromEntries(
      steps.map((step, position) => {
        const before = steps[position - 1];
        const files = before ? { tree: `${stepId(before)}/${RESULT}` } : { inputs: 'inputs' };
        const isLast = step === last;
        return [
          stepId(step),
          {
            run: tool(step, before === undefined, isLast),
            in: { script: scriptInput(step), ...files },
            out: [RESULT],
          },
        ];
      }),
    ),
  };
}

function tool(step: PlannedStep, isFirst: boolean, isLast: boolean) {
  const { cpu, memory, disk, timeout } = plannedSize(step);
  const files = isFirst ? '$(inputs.inputs)' : { entry: '$(inputs.tree)', entryname: TREE, writable: true };
  return {
    class: 'CommandLineTool',
    requirements: {
      DockerRequirement: { dockerPull: step.image },
      InitialWorkDirRequirement: { listing: [files] },
      ResourceRequirement: {
        coresMin: cpu,
        ramMin: memory,
        ...(disk > USUAL_DISK ? { outdirMin: disk * 1024 } : {}),
      },
      ToolTimeLimit: { timelimit: timeout },
      NetworkAccess: { networkAccess: step.network === true },
      WorkReuse: { enableReuse: false },
    },
    baseCommand: 'sh',
    inputs: {
      script: { type: 'File', inputBinding: { position: 1 } },
      ...(isFirst ? { inputs: 'File[]' } : { tree: 'Directory' }),
    },
    outputs: {
      [RESULT]: {
        type: 'Directory',
        outputBinding: isLast ? { glob: OUTPUTS, loadListing: 'deep_listing' } : { glob: TREE },
      },
    },
  };
}

/** The parameters of the workflow, which refer to attachments by their names. */
export function cwlParameters(run: RemoteRun) {
  const file = (location: string) => ({ class: 'File', location });
  return {
    inputs: run.inputs.map((_, position) => file(inputName(position))),
    ...Object.fromEntries(executed(run).map((step) => [scriptInput(step), file(scriptName(step))])),
  };
}

/** The texts that are attached besides the inputs: the workflow and the scripts of its steps. */
export const cwlAttachments = (run: RemoteRun) => [
  { name: DOCUMENT_NAME, text: JSON.stringify(cwlWorkflow(run)) },
  ...executed(run).map((step) => ({ name: scriptName(step), text: stepScript(run, step) })),
];

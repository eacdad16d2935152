import type { RunOutput } from '../../../shared/api/organiser-answers.ts';
import type { StepReport } from '../../../shared/runs/steps/reports.ts';
import { oneLine } from '../../terminal/text.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';
import { imageText } from './image-text.ts';

export const addRunOutput: AddCommand = (parent, cli) => {
  parent
    .command('output')
    .description('show the output of the steps of a run, private output included (operator, or organisers)')
    .argument('<run>', 'identifier of the run')
    .option('--session', 'act as the logged-in user: an owner or organiser of the workflow')
    .addOption(jsonOption())
    .action(async (id: string, { session, json }: Options) => {
      if (session) {
        const steps = await (await cli.client()).runs.output(id);
        return json ? cli.json(steps) : cli.print(...steps.map(asReport).flatMap(stepLines));
      }
      const operator = await cli.operator();
      const reports = await operator.runOutput(id);
      if (json) cli.json(reports);
      else cli.print(...reports.flatMap(stepLines));
    });
};

interface Options extends JsonChoice {
  readonly session?: true;
}

/** What the command prints of a step. */
interface PrintedStep extends Pick<StepReport, 'name' | 'imageDigest' | 'image' | 'exitCode' | 'reason'> {
  readonly state: string;
  readonly reuse?: { readonly from?: { readonly runId: string } | undefined } | undefined;
  readonly status:
    | {
        readonly commands: readonly { readonly stdout: string; readonly stderr: string }[];
        readonly warnings: readonly { readonly message: string }[];
        readonly failure: { readonly message: string } | null;
      }
    | undefined;
}

/** Returns a step as the API describes it in the form of the operator's report. */
const asReport = ({
  digest,
  reusedFrom,
  commands,
  warnings = [],
  ...step
}: RunOutput['steps'][number]): PrintedStep => ({
  ...step,
  exitCode: step.exitCode,
  reason: step.reason,
  imageDigest: digest,
  reuse: reusedFrom === undefined ? undefined : { from: { runId: reusedFrom } },
  status: commands && { commands, warnings, failure: null },
});

export function stepLines({
  name,
  state,
  image,
  imageDigest,
  exitCode,
  reason,
  reuse,
  status,
}: PrintedStep): string[] {
  const end = exitCode === undefined ? '' : `, exit code ${exitCode}`;
  const { commands = [], warnings = [], failure = null } = status ?? {};
  return [
    `Step ${oneLine(name)}: ${state}${end}`,
    ...(imageDigest === undefined ? [] : [`  image ${imageText(image, imageDigest)}`]),
    ...(reuse?.from === undefined
      ? []
      : [`  not executed: the outputs and this text are those of run ${reuse.from.runId}`]),
    ...(failure ? [`  ${failure.message}`] : reason === undefined ? [] : [`  ${reason}`]),
    ...commands.flatMap(({ stdout, stderr }) => [...indented(stdout), ...indented(stderr)]),
    ...warnings.map(({ message }) => `  warning: ${message}`),
  ];
}

const indented = (text: string): string[] =>
  text.trim() === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`);

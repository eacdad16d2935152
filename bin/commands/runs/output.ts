import type { StepReport } from '../../../shared/runs/steps/reports.ts';
import { oneLine } from '../../terminal/text.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';
import { imageText } from './image-text.ts';

export const addRunOutput: AddCommand = (parent, cli) => {
  parent
    .command('output')
    .description('show the output of the steps of a run, private output included (operator)')
    .argument('<run>', 'identifier of the run')
    .addOption(jsonOption())
    .action(async (id: string, { json }: JsonChoice) => {
      const operator = await cli.operator();
      const reports = await operator.runOutput(id);
      if (json) cli.json(reports);
      else cli.print(...reports.flatMap(stepLines));
    });
};

function stepLines({
  name,
  state,
  image,
  imageDigest,
  exitCode,
  reason,
  reuse,
  status,
}: StepReport): string[] {
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

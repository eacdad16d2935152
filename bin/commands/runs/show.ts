import * as z from 'zod';
import type { Run, RunImage, RunStepReuse } from '../../../shared/api/answers.ts';
import { unsaidWarnings } from '../../session/run-warnings.ts';
import { oneLine, shortTime, usdText } from '../../terminal/text.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';
import { imageText } from './image-text.ts';

export const addShowRun: AddCommand = (parent, cli) => {
  parent
    .command('show')
    .description('show a run: its arguments, and its files or messages')
    .argument('<run>', 'identifier of the run')
    .addOption(jsonOption())
    .action(async (id: string, { json }: JsonChoice) => {
      const run = await (await cli.client()).runs.get(id);
      if (json) cli.json(run);
      else cli.print(...runLines(run));
    });
};

function runLines(run: Run): string[] {
  const { id, state, version, phase, reason, since, startedAt, finishedAt, messages, images, reuse, files } =
    run;
  const warnings = unsaidWarnings(run);
  return [
    `ID: ${id}`,
    ...(startedAt === undefined ? [] : [`Started at: ${shortTime(startedAt)}`]),
    ...(finishedAt === undefined ? [] : [`Finished at: ${shortTime(finishedAt)}`]),
    `State: ${state}`,
    ...(run.usage === undefined ? [] : [`Used: ${usageText(run.usage)}`]),
    ...(reason === undefined ? [] : [`Reason: ${oneLine(reason)}`]),
    ...(since === undefined ? [] : [`Since: ${shortTime(since)}`]),
    ...(version === undefined ? [] : [`Workflow version: ${version}`]),
    ...(phase === undefined ? [] : [`Phase: ${phase}`]),
    ...rankingLines(run),
    ...(run.hidden === undefined ? [] : [`Hidden by the benchmark: ${run.hidden.join(', ')}`]),
    '',
    'Arguments:',
    ...run.arguments.map(({ name, value }) => `  ${name} = ${valueText(value)}`),
    ...(run.inputs ? ['', `Input files: ${run.inputs.map(oneLine).join(', ')}`] : []),
    ...(messages ? ['', 'Messages:', ...messages.flatMap(indented)] : []),
    ...(warnings.length > 0 ? ['', 'Warnings:', ...warnings.map((text) => `  ${text}`)] : []),
    ...(images ? ['', 'Images:', ...images.map(imageLine)] : []),
    ...(reuse ? ['', 'Reuse:', ...reuse.map(reuseLine)] : []),
    ...(files ? ['', 'Files:', ...files.map((file) => `  ${file.id} (${oneLine(file.name)})`)] : []),
  ];
}

function rankingLines({ results, rank, notRanked, rescoredFrom, submittedAt, rescoredBy }: Run): string[] {
  return [
    ...(rescoredFrom === undefined
      ? []
      : [`Scores again: run ${rescoredFrom}, submitted at ${shortTime(submittedAt ?? '')}`]),
    ...(rescoredBy === undefined ? [] : [`Scored again by: run ${rescoredBy}`]),
    ...(results ?? []).map(
      ({ name, value }) => `Result ${oneLine(name)}: ${value === null ? '' : oneLine(`${value}`)}`,
    ),
    ...(rank === undefined ? [] : [`Rank: ${rank}`]),
    ...(notRanked === undefined ? [] : [`Not ranked: ${oneLine(notRanked)}`]),
  ];
}

const usageText = ({ taskSeconds, vcpuSeconds, usd }: NonNullable<Run['usage']>) =>
  `${taskSeconds} s of tasks, ${vcpuSeconds} s of vCPUs, about ${usdText(usd)} USD`;

const imageLine = ({ step, image, digest }: RunImage) => `  ${oneLine(step)}: ${imageText(image, digest)}`;

const reuseLine = ({ step, runId, reason = '' }: RunStepReuse) =>
  `  ${oneLine(step)}: ${runId === undefined ? `executed; ${oneLine(reason)}` : `took the outputs of run ${oneLine(runId)}`}`;

const indented = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);

const fileArgument = z.object({
  type: z.literal('$file'),
  value: z.object({ fileId: z.string(), targetPath: z.string().nullish() }),
});

function valueText(value: unknown): string {
  const file = fileArgument.safeParse(value);
  if (file.success) {
    const { fileId, targetPath } = file.data.value;
    return `${oneLine(fileId)} (${oneLine(targetPath ?? 'None')})`;
  }
  return oneLine(typeof value === 'string' ? value : JSON.stringify(value));
}

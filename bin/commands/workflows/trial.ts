import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../../infra/local/stack.ts';
import type { Run } from '../../../shared/api/answers.ts';
import { type Client, createClient } from '../../../shared/client/client.ts';
import { isActive } from '../../../shared/runs/state.ts';
import { readSource, type SourceOptions } from '../../../shared/sources/folder.ts';
import { checkSource } from '../../../shared/workflows/check-source.ts';
import type { Cli } from '../../session/cli.ts';
import { followRun } from '../../session/follow-run.ts';
import { createOperator } from '../../session/operator.ts';
import { unsaidWarnings } from '../../session/run-warnings.ts';
import { warningLine } from '../../session/source.ts';
import { TemporaryStackError, withTemporaryStack } from '../../session/temporary-stack.ts';
import { createLiveLines } from '../../terminal/live-lines.ts';
import { formatTable } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import { argumentOf, checkChoices } from '../runs/argument-choice.ts';
import type { ArgumentOption } from '../runs/argument-option.ts';
import { choicesOfOptions } from '../runs/argument-options.ts';
import { createUploader } from '../runs/chosen-file.ts';
import { stepLines } from '../runs/output.ts';
import { leaderboardTable } from './leaderboard-table.ts';

export interface Trial {
  readonly chosen: SourceOptions;
  /** Engine configuration. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly args: readonly ArgumentOption[];
  /** The runner of the steps; by default that of the settings. */
  readonly runner: string | undefined;
}

/** The name of the only user and group. */
const NAME = 'you';
/** Post-processing starts a moment after the run; after this time it is assumed that it will not. */
const POSTPROC_PATIENCE_MS = 30_000;
const POLL_MS = 200;

/**
 * Settings of the server that a trial uses, of those that a user may have set: how steps run, and how large they may
 * be. Others concern its address, its users and its folders.
 */
const SETTING =
  /^(?:DOCKER_HOST|FLOWSERV_(?:RUNNER|IMAGE_PULL|TASK_NETWORK|SANDBOX_FOLDERS|CODE_IMAGE|CAPACITY|STEP_\w+))$/;

/**
 * Runs a workflow once on a temporary stack, and prints steps, messages, warnings, results, the leaderboard and the
 * outcome of post-processing. The exit code becomes 1 if the source has problems, or the run or its post-processing
 * fails.
 */
export async function tryWorkflow(cli: Cli, folder: string, trial: Trial): Promise<void> {
  const { problems } = await checkSource(folder, { ...trial.chosen, config: trial.config });
  cli.note(...problems.map((problem) => `problem: ${oneLine(problem)}`));
  if (problems.length > 0) return cli.fail();
  const settings = Object.fromEntries(Object.entries(cli.env).filter(([name]) => SETTING.test(name)));
  const options = {
    name: 'flowserv-try-',
    env: { ...settings, ...(trial.runner === undefined ? {} : { FLOWSERV_RUNNER: trial.runner }) },
    onProgress: (line: string) => cli.note(line),
    onStop: () => cli.note('', 'stopping …'),
  };
  try {
    await withTemporaryStack(options, (stack) => runOnce(cli, folder, trial, stack));
  } catch (error) {
    if (!(error instanceof TemporaryStackError)) throw error;
    for (const fault of error.faults) cli.note(fault);
    throw error.cause;
  }
}

async function runOnce(cli: Cli, folder: string, trial: Trial, stack: Stack): Promise<void> {
  const { chosen, config, args } = trial;
  const operator = createOperator(stack.operator);
  const client = await enter(stack.url);
  // Its owner reads why post-processing failed, and what a contest hides from participants.
  const workflow = await operator.installWorkflow(folder, { ...chosen, config, owner: NAME });
  cli.note(...workflow.warnings.map(warningLine));
  cli.print(`Running '${oneLine(workflow.name)}' once; steps run in ${stack.runner.description}.`, '');
  const run = await start(cli, client, workflow.id, args);
  const ended = await follow(cli, client, run);
  for (const report of await operator.runOutput(run.id)) cli.print('', ...stepLines(report));
  cli.print(...runLines(ended));
  if (ended.state !== 'SUCCESS') return cli.fail();
  const leaderboard = await client.workflows.leaderboard(workflow.id);
  if (leaderboard.ranking.length === 0) return;
  const { columns, rows } = leaderboardTable(leaderboard);
  cli.print('', 'Leaderboard', ...formatTable(columns, rows).map(indented));
  const { template } = await readSource(folder, chosen);
  const isImpossible = workflow.warnings.some(({ code }) => code === 'postproc.fails');
  if (template.postproc && !isImpossible) await showPostproc(cli, client, workflow.id);
}

/** Registers a user, and returns the client of the session. */
async function enter(url: string): Promise<Client> {
  const password = randomBytes(16).toString('base64url');
  const anonymous = createClient({ url });
  await anonymous.users.register({ username: NAME, password, verify: false });
  return createClient({ url, token: (await anonymous.users.login(NAME, password)).token });
}

async function start(
  cli: Cli,
  client: Client,
  workflowId: string,
  args: readonly ArgumentOption[],
): Promise<Run> {
  const { id } = await client.groups.create(workflowId, { name: NAME });
  const group = await client.groups.get(id);
  const choices = await choicesOfOptions(cli, group, args);
  checkChoices(group, choices);
  const upload = createUploader(client, group);
  const supplied = [];
  for (const choice of choices)
    supplied.push(argumentOf(choice, 'file' in choice ? await upload(choice.file) : undefined));
  return client.runs.start(id, { arguments: supplied });
}

async function follow(cli: Cli, client: Client, started: Run): Promise<Run> {
  const since = Date.now();
  const live = createLiveLines(cli.output);
  const run = await followRun(client, started, ({ state }) => {
    const time = state === 'PENDING' ? '' : `  ${((Date.now() - since) / 1000).toFixed(1)} s`;
    live.set('run', `Run: ${state}`, cli.output.isTTY || !isActive(state) ? time : '');
  });
  live.done();
  return run;
}

function runLines(run: Run): string[] {
  const { messages = [], files = [], results = [], notRanked } = run;
  const warnings = unsaidWarnings(run);
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', title, ...lines.map(indented)];
  const values = results.map(({ name, value }) => [oneLine(name), value === null ? '' : oneLine(`${value}`)]);
  const width = Math.max(0, ...values.map(([name = '']) => name.length));
  return [
    ...list(
      'Messages',
      messages.flatMap((text) => text.trimEnd().split('\n')),
    ),
    ...list('Warnings', warnings),
    ...list(
      'Files',
      files.map(({ name }) => oneLine(name)),
    ),
    ...list(
      'Results',
      values.map(([name = '', value]) => `${name.padEnd(width)}  ${value}`),
    ),
    ...list('Not ranked', notRanked === undefined ? [] : [oneLine(notRanked)]),
  ];
}

/** Waits for the end of post-processing, and prints its files or messages. */
async function showPostproc(cli: Cli, client: Client, workflowId: string): Promise<void> {
  for (const until = Date.now() + POSTPROC_PATIENCE_MS; ; await sleep(POLL_MS)) {
    const { postproc } = await client.workflows.get(workflowId);
    if (postproc === undefined && Date.now() > until) {
      cli.print('', 'Post-processing did not start.');
      return cli.fail();
    }
    if (postproc === undefined || isActive(postproc.state)) continue;
    const { state, messages = [], files = [] } = postproc;
    const lines = state === 'SUCCESS' ? files.map(({ name }) => oneLine(name)) : messages;
    cli.print(
      '',
      `Post-processing: ${state}`,
      ...lines.flatMap((text) => text.trimEnd().split('\n')).map(indented),
    );
    if (state !== 'SUCCESS') cli.fail();
    return;
  }
}

const indented = (line: string): string => `  ${line}`;

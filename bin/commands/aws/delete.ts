import type { Command } from 'commander';
import type { Clients } from '../../../infra/teardown/clients.ts';
import type { StageData, Survey } from '../../../infra/teardown/survey.ts';
import type { StageNames } from '../../../shared/teardown/stage-names.ts';
import type { Cli } from '../../session/cli.ts';
import { pauseAdmission } from '../../session/pause-admission.ts';
import { accountRefusal } from '../../session/stack-refusals.ts';
import { createLiveLines } from '../../terminal/live-lines.ts';
import { Aborted } from '../../terminal/questions.ts';
import { surveyLines } from '../../terminal/survey.ts';
import type { AddCommand } from '../options.ts';
import { ACCOUNT_HELP, type AwsChoice, stageOption } from './options.ts';

interface Choice extends AwsChoice {
  readonly deleteData?: string;
  readonly dryRun?: true;
  readonly force?: true;
}

export const addDeleteAws: AddCommand = (parent, cli) => {
  parent
    .command('delete')
    .description('delete a stage: what runs created, its stack, and on request its data (operator)')
    .addOption(stageOption().makeOptionMandatory())
    .option('--dry-run', 'list what would be deleted, and delete nothing')
    .option('--delete-data <stage>', 'also delete buckets and table; repeat the name of the stage')
    .option('-f, --force', 'do not ask before the stack is deleted')
    .addHelpText(
      'after',
      `${ACCOUNT_HELP}\nAfter an interruption, run it again: it continues where it stopped.`,
    )
    .action(async (_options: unknown, command: Command) =>
      deleteStage(cli, command.optsWithGlobals<Choice>()),
    );
};

async function deleteStage(cli: Cli, choice: Choice): Promise<void> {
  const { stage, deleteData } = choice;
  if (deleteData !== undefined && deleteData !== stage) {
    throw new Error(`--delete-data names '${deleteData}', and --stage '${stage}': nothing was deleted`);
  }
  const teardown = await import('../../../infra/teardown/index.ts');
  const clients = teardown.createClients(choice, cli.env.AWS_ENDPOINT_URL_S3 !== undefined);
  const names = teardown.namesOfStage(stage);
  const survey = await teardown.surveyStage(clients, names).catch((error: unknown) => {
    throw accountRefusal(error, choice) ?? error;
  });
  cli.print(...surveyLines(stage, survey));
  teardown.checkDeletable(stage, survey);
  if (choice.dryRun) return;
  if (isLeft(survey)) await cli.confirm(question(stage, survey), choice.force);
  else if (survey.buckets.length + survey.tables.length === 0) {
    return cli.print(`Nothing of stage ${stage} is in this account and region.`);
  }
  await deleteAll(cli, choice, { teardown, clients, names, survey });
  const { repositories } = survey;
  if (repositories.length > 0) {
    cli.print(
      'ECR keeps copies of public images, which cost 10 cents per GB and month. To delete them:',
      ...repositories.map((name) => `  aws ecr delete-repository --force --repository-name ${name}`),
    );
  }
}

/** Options of the deletion. */
interface Work {
  readonly teardown: typeof import('../../../infra/teardown/index.ts');
  readonly clients: Clients;
  readonly names: StageNames;
  readonly survey: Survey;
}

async function deleteAll(
  cli: Cli,
  choice: Choice,
  { teardown, clients, names, survey }: Work,
): Promise<void> {
  const { stage, deleteData } = choice;
  const { stack, tables } = survey;
  const lines = createLiveLines(cli.errors);
  const progress = (what: string, state: string) => lines.set(what, `${what}: ${state}`);
  const [table] = tables;
  if (stack && table !== undefined) {
    await pauseAdmission(cli.env, choice, stack.id, table);
    progress('admission of runs', 'stopped');
  }
  const made = await teardown.surveyCreated(clients, names);
  const refused = await teardown.removeMadeOf(clients, names, made, tables, progress);
  if (stack) await teardown.removeStack(clients, stack, progress);
  lines.done();
  if (refused.length > 0) cli.note('ECS did not delete these task definitions:', ...refused);

  const data = await teardown.findLeftData(clients, names, stack?.id);
  if (data.buckets.length + data.tables.length === 0) return cli.print(`Stage ${stage} is deleted.`);
  if (deleteData === undefined && !(await wantsDataDeleted(cli, stage, data))) {
    cli.print(
      `Stage ${stage} is deleted. Its data is kept: ${[...data.buckets, ...data.tables].join(', ')}.`,
      `Delete it with \`npx flowserv aws delete --stage ${stage} --delete-data ${stage}\`, within 90 days.`,
    );
    return;
  }
  await teardown.removeData(clients, data, progress);
  lines.done();
  cli.print(`Stage ${stage} is deleted with all its data.`);
}

const isLeft = ({ stack, stateMachines, tasks, definitions }: Survey): boolean =>
  stack !== undefined ||
  stateMachines.length + tasks.length + definitions.active.length + definitions.inactive.length > 0;

const question = (stage: string, { stack }: Survey): string =>
  stack && !stack.keepsTable
    ? `Delete stage ${stage} and its table with all accounts, groups and results?`
    : `Delete stage ${stage}?`;

/** Whether the operator types the name of the stage; the end of the input means no. */
async function wantsDataDeleted(cli: Cli, stage: string, { buckets, tables }: StageData): Promise<boolean> {
  cli.note('The data of the stage remains:', ...[...buckets, ...tables].map((name) => `  ${name}`));
  try {
    const answer = await cli.questions.ask(
      `Type '${stage}' to delete it permanently, or press Enter to keep it: `,
    );
    return answer.trim() === stage;
  } catch (error) {
    if (error instanceof Aborted && error.exitCode !== 130) return false;
    throw error;
  }
}

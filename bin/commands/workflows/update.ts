import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PlannedFolder } from '../../../shared/installations/plan-folder.ts';
import { readInstructions } from '../../../shared/sources/instructions.ts';
import type { Cli } from '../../session/cli.ts';
import { readConfigFile } from '../../session/engine-config.ts';
import { workflowId } from '../../session/identifiers.ts';
import {
  SOURCE,
  SOURCE_HELP,
  type SourceChoice,
  sourceOptions,
  warningLine,
  withChosenSource,
} from '../../session/source.ts';
import { oneLine } from '../../terminal/text.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../options.ts';

interface Options extends WorkflowChoice, SourceChoice {
  readonly verbose?: true;
  readonly dryRun?: true;
}

const HELP = `
With a source, installs it as the next version of the workflow: new runs use it, existing runs, groups
and uploads stay. Without, changes only the texts of the workflow. A name changes only with -n.`;

export const addUpdateWorkflow: AddCommand = (parent, cli) => {
  const command = parent
    .command('update')
    .description('install a new version of a workflow, or change its texts')
    .argument('[source]', SOURCE)
    .addOption(workflowOption());
  for (const option of sourceOptions()) command.addOption(option);
  command
    .option('-v, --verbose', 'print the path of each file that is installed')
    .option('--dry-run', 'show what would change, and install nothing')
    .addHelpText('after', `${HELP}\n${SOURCE_HELP}`)
    .action(async (source: string | undefined, { workflow, ...options }: Options) => {
      if (source === undefined) return updateTexts(cli, workflow, options);
      await updateVersion(cli, workflowId(workflow, cli.env), source, options);
    });
};

async function updateTexts(cli: Cli, workflow: string | undefined, choice: SourceChoice): Promise<void> {
  const { name, description, instructions: path } = choice;
  if (name === undefined && description === undefined && path === undefined) {
    cli.print('nothing to update');
    return;
  }
  const id = workflowId(workflow, cli.env);
  const operator = await cli.operator();
  const instructions = path === undefined ? undefined : await read(path);
  await operator.updateWorkflow(id, { name, description, instructions });
  cli.print(`updated workflow ${id}`);
}

async function read(path: string): Promise<string> {
  const file = await realpath(path);
  return readInstructions(file, dirname(file));
}

async function updateVersion(cli: Cli, id: string, source: string, options: Options): Promise<void> {
  const operator = await cli.operator();
  const { configfile, name, dryRun } = options;
  const config = configfile === undefined ? undefined : await readConfigFile(configfile);
  await withChosenSource(cli, source, options, async (folder, chosen) => {
    const planned = await operator.planVersion(id, folder, { ...chosen, config });
    if ('problems' in planned) {
      cli.note(...planned.problems.map((problem) => `error: ${oneLine(problem)}`));
      return cli.fail();
    }
    const { plan } = planned;
    cli.note(...plan.warnings.map(warningLine));
    if (plan.changes.length === 0) {
      cli.print(`Workflow ${id} has this version already: ${plan.workflow.number}.`);
    } else {
      cli.print(...planLines(planned, id));
      if (!dryRun) {
        const onFile = options.verbose ? (path: string) => cli.note(oneLine(path)) : undefined;
        const { number } = await operator.installVersion(planned, onFile);
        cli.print(`Version ${number} of workflow ${id} is installed.`);
      }
    }
    if (name !== undefined && !dryRun) await operator.updateWorkflow(id, { name });
  });
  if (dryRun) cli.print('Nothing is installed.');
}

/** Returns lines that say what a new version changes, and what stays. */
function planLines({ plan, groups }: PlannedFolder, id: string): string[] {
  const { workflow, number, isNewLeaderboard, changes, files } = plan;
  const lost = groups.map(
    ({ group, parameter }) =>
      `Group '${group}' added the parameter '${parameter}', which the new version uses itself: the group's is ignored.`,
  );
  const ranking = isNewLeaderboard
    ? `The leaderboard of version ${workflow.number} stays at \`?version=${workflow.number}\`. Runs of that version that have not ended are ranked there.`
    : 'Results of all versions since the last change of the result schema are ranked together.';
  const texts = [...changes, ...files, ...lost, ranking];
  return [`Version ${number} of workflow ${id}:`, ...texts.map((text) => `- ${oneLine(text)}`)];
}

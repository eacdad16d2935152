import type { DryRun } from '../../../shared/workflows/dry-run.ts';
import { readConfigFile } from '../../session/engine-config.ts';
import { variables } from '../../session/identifiers.ts';
import {
  SOURCE,
  SOURCE_HELP,
  type SourceChoice,
  sourceOptions,
  warningLine,
  withChosenSource,
} from '../../session/source.ts';
import { exportLine, oneLine } from '../../terminal/text.ts';
import type { AddCommand } from '../options.ts';

interface Options extends SourceChoice {
  readonly key?: string;
  readonly engine?: string;
  readonly owner?: string;
  readonly ignore_postproc?: true;
  readonly verbose?: true;
  readonly dryRun?: true;
}

export const addCreateWorkflow: AddCommand = (parent, cli) => {
  const command = parent
    .command('create')
    .description('install a workflow from its source')
    .argument('<source>', SOURCE)
    .option('-k, --key <id>', 'identifier, 1 to 32 letters, digits and underscores; generated if absent');
  for (const option of sourceOptions()) command.addOption(option);
  command
    .option('-g, --ignore_postproc', 'never start post-processing')
    .option('--engine <id>', 'remote engine that executes the steps, by its id in the settings of the server')
    .option('--owner <name>', 'user who becomes the owner of the workflow')
    .option('-v, --verbose', 'print the path of each file that is installed')
    .option('--dry-run', 'show what would be created, and install nothing')
    .addHelpText('after', SOURCE_HELP)
    .action(async (source: string, options: Options) => {
      const { key, configfile } = options;
      const operator = await cli.operator();
      const { checkSource } = await import('../../../shared/workflows/check-source.ts');
      const config = configfile === undefined ? undefined : await readConfigFile(configfile);
      const { checksOfServer } = await import('../../session/server-settings.ts');
      const server = await checksOfServer(cli);
      const { engine } = options;
      const install = { id: key, config, engine, ignorePostproc: options.ignore_postproc };
      await withChosenSource(cli, source, options, async (folder, chosen) => {
        const { problems } = await checkSource(folder, { ...chosen, config, ...server });
        cli.note(...problems.map((problem) => `error: ${oneLine(problem)}`));
        if (problems.length > 0) return cli.fail();
        if (options.dryRun) {
          const planned = await operator.dryRunWorkflow(folder, { ...chosen, ...install });
          cli.print(...dryRunLines(planned), ...planned.warnings.map(warningLine));
          return;
        }
        const workflow = await operator.installWorkflow(folder, {
          ...chosen,
          ...install,
          owner: options.owner,
          ...(options.verbose ? { onFile: (path: string) => cli.note(oneLine(path)) } : {}),
        });
        cli.note(...workflow.warnings.map(warningLine));
        cli.print(exportLine(variables.workflow, workflow.id));
      });
    });
};

/** Returns lines that describe what an installation would create. */
function dryRunLines({ id, name, stateMachines, taskDefinitions, files }: DryRun): string[] {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return [
    'Nothing is installed. This would be created:',
    `Workflow         : ${id ?? 'with a generated identifier'}`,
    `Name             : ${oneLine(name)}`,
    `Files            : ${files.length} of ${bytes} bytes`,
    `State machines   : ${stateMachines.length === 0 ? 'none' : stateMachines.join(', ')}`,
    `Task definitions : ${taskDefinitions.length === 0 ? 'none, as all exist' : taskDefinitions.join(', ')}`,
  ];
}

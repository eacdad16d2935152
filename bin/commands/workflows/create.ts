import { readEngineConfig } from '../../session/engine-config.ts';
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
  readonly ignore_postproc?: true;
  readonly verbose?: true;
}

export const addCreateWorkflow: AddCommand = (parent, cli) => {
  const command = parent
    .command('create')
    .description('install a workflow from its source')
    .argument('<source>', SOURCE)
    .option('-k, --key <id>', 'identifier, 1 to 32 letters, digits and underscores; made up when left out');
  for (const option of sourceOptions()) command.addOption(option);
  command
    .option('-g, --ignore_postproc', 'never start post-processing')
    .option('-v, --verbose', 'print the path of each file that is installed')
    .addHelpText('after', SOURCE_HELP)
    .action(async (source: string, options: Options) => {
      const { key, configfile } = options;
      const operator = await cli.operator();
      const { checkSource } = await import('../../../shared/workflows/check-source.ts');
      const config = configfile === undefined ? undefined : await readEngineConfig(configfile);
      const workflow = await withChosenSource(cli, source, options, async (folder, chosen) => {
        const { problems } = await checkSource(folder, { ...chosen, config });
        cli.note(...problems.map((problem) => `error: ${oneLine(problem)}`));
        if (problems.length > 0) return undefined;
        return operator.installWorkflow(folder, {
          ...chosen,
          id: key,
          config,
          ignorePostproc: options.ignore_postproc,
          ...(options.verbose ? { onFile: (path: string) => cli.note(oneLine(path)) } : {}),
        });
      });
      if (!workflow) {
        process.exitCode = 1;
        return;
      }
      cli.note(...workflow.warnings.map(warningLine));
      cli.print(exportLine(variables.workflow, workflow.id));
    });
};

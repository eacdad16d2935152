import { Option } from 'commander';
import { runnerSettings } from '../../../infra/local/runners/runner-setting.ts';
import { readConfigFile } from '../../session/engine-config.ts';
import {
  SOURCE,
  SOURCE_HELP,
  type SourceChoice,
  sourceOptions,
  withChosenSource,
} from '../../session/source.ts';
import type { AddCommand } from '../options.ts';
import { type ArgumentOption, collectArgument } from '../runs/argument-option.ts';
import { type ArgumentsFileChoice, allArguments, argumentsFileOption } from '../runs/arguments-file.ts';

interface Options extends SourceChoice, ArgumentsFileChoice {
  readonly arg?: ArgumentOption[];
  readonly runner?: string;
}

const HELP = `${SOURCE_HELP}
Starts a server of its own for one run, and removes it with everything in it: nothing is installed anywhere.
Arguments are written as for \`flowserv runs start\`; omitted parameters get their default values:

  $ flowserv workflows try my-benchmark --arg names=names.txt --arg greeting=Hi

Exit code 1 if the run or its post-processing fails.`;

export const addTryWorkflow: AddCommand = (parent, cli) => {
  const command = parent
    .command('try')
    .description('run the source of a workflow once, with its post-processing, without installing it')
    .argument('<source>', SOURCE);
  for (const option of sourceOptions()) command.addOption(option);
  command
    .option(
      '-a, --arg <name=value>',
      'argument; may be repeated. A file is PATH or PATH:TARGET',
      collectArgument,
    )
    .addOption(argumentsFileOption())
    .addOption(
      new Option('-r, --runner <name>', 'what runs the steps, as for `flowserv local`').choices(
        runnerSettings,
      ),
    )
    .addHelpText('after', HELP)
    .action(async (source: string, { arg, argumentsFile, runner, ...options }: Options) => {
      const { configfile } = options;
      const config = configfile === undefined ? undefined : await readConfigFile(configfile);
      const args = (await allArguments(argumentsFile, arg)) ?? [];
      // Loaded here: it takes longer than most commands need as a whole.
      const { tryWorkflow } = await import('./trial.ts');
      await withChosenSource(cli, source, options, (folder, chosen) =>
        tryWorkflow(cli, folder, { chosen, config, args, runner }),
      );
    });
};

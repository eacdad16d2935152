import { readConfigFile } from '../../session/engine-config.ts';
import {
  SOURCE,
  SOURCE_HELP,
  type SourceChoice,
  sourceOptions,
  warningLine,
  withChosenSource,
} from '../../session/source.ts';
import { oneLine } from '../../terminal/text.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';

export const addValidateWorkflow: AddCommand = (parent, cli) => {
  const command = parent
    .command('validate')
    .description('check the source of a workflow: report all problems, install nothing')
    .argument('<source>', SOURCE);
  for (const option of sourceOptions()) command.addOption(option);
  command
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${SOURCE_HELP}\nNeeds no server; workers are compared with what the one that runs permits, if any. Exit code 1 if there is a problem.`,
    )
    .action(async (source: string, options: SourceChoice & JsonChoice) => {
      const { checkSource } = await import('../../../shared/workflows/check-source.ts');
      const { configfile } = options;
      const config = configfile === undefined ? undefined : await readConfigFile(configfile);
      const { checksOfServer } = await import('../../session/server-settings.ts');
      const server = await checksOfServer(cli);
      const found = await withChosenSource(cli, source, options, (folder, chosen) =>
        checkSource(folder, { ...chosen, config, ...server }),
      );
      const { problems, warnings, ignored } = found;
      if (problems.length > 0) cli.fail();
      if (options.json) return cli.json(found);
      const silenced = ignored > 0 ? ` (and ${ignored} that the manifest ignores)` : '';
      cli.print(
        ...problems.map((problem) => `problem: ${oneLine(problem)}`),
        ...warnings.map(warningLine),
        `${count(problems.length, 'problem')}, ${count(warnings.length, 'warning')}${silenced}`,
      );
    });
};

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;

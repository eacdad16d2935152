import {
  SOURCE,
  SOURCE_HELP,
  type SourceChoice,
  sourceOptions,
  withChosenSource,
} from '../../session/source.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';

export const addValidateWorkflow: AddCommand = (parent, cli) => {
  const command = parent
    .command('validate')
    .description('check the source of a workflow: all problems at once, and nothing is installed')
    .argument('<source>', SOURCE);
  for (const option of sourceOptions()) command.addOption(option);
  command
    .addOption(jsonOption())
    .addHelpText('after', `${SOURCE_HELP}\nNeeds no server. Exit code 1 when there is a problem.`)
    .action(async (source: string, options: SourceChoice & JsonChoice) => {
      const { checkSource } = await import('../../../shared/workflows/check-source.ts');
      const { problems, warnings } = await withChosenSource(cli, source, options, checkSource);
      process.exitCode = problems.length > 0 ? 1 : 0;
      if (options.json) return cli.json({ problems, warnings });
      cli.print(
        ...problems.map((problem) => `problem: ${problem}`),
        ...warnings.map((warning) => `warning: ${warning}`),
        `${count(problems.length, 'problem')}, ${count(warnings.length, 'warning')}`,
      );
    });
};

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;

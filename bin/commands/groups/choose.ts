import type { ChosenRuns } from '../../../shared/api/contest-answers.ts';
import type { Cli } from '../../session/cli.ts';
import { groupId } from '../../session/identifiers.ts';
import { type AddCommand, type GroupChoice, groupOption, type JsonChoice, jsonOption } from '../options.ts';

interface Options extends GroupChoice, JsonChoice {
  readonly best?: true;
}

const HELP = `
Without runs, the command shows the chosen ones. The leaderboard shows the best of them; while none is chosen, it shows the
best of all runs of the group:

  $ flowserv groups choose 4f1c… 77ab…`;

export const addChooseRuns: AddCommand = (parent, cli) => {
  parent
    .command('choose')
    .description('choose the runs of a group that count in its contest')
    .argument('[runs...]', 'identifiers of runs, which replace those chosen before')
    .addOption(groupOption())
    .option('--best', 'choose none, so that the best run counts')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async (runs: string[], { group, best, json }: Options) => {
      if (best && runs.length > 0) throw new Error('use --best without runs');
      const id = groupId(group, cli.env);
      const { groups } = await cli.client();
      const isChange = best === true || runs.length > 0;
      const chosen = isChange ? await groups.choose(id, runs) : await groups.chosen(id);
      if (json) return cli.json(chosen);
      printChosen(cli, chosen);
    });
};

function printChosen(cli: Cli, { runs, most, automatic }: ChosenRuns): void {
  cli.print(...runs);
  if (most === 0) cli.note('the benchmark has no chosen runs');
  else if (automatic) cli.note(`no run is chosen, so the best one counts; choose up to ${most}`);
}

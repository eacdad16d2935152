import type { AddCommand } from '../options.ts';

export const addWithdrawRun: AddCommand = (parent, cli) => {
  parent
    .command('withdraw')
    .description('withdraw a run of your group from the ranking')
    .argument('<run>', 'identifier of the run')
    .option('--undo', 'return it to the ranking')
    .action(async (id: string, { undo }: { readonly undo?: true }) => {
      const { runs } = await cli.client();
      if (undo) await runs.return(id);
      else await runs.withdraw(id);
      cli.print(undo ? `run ${id} is not withdrawn.` : `run ${id} is withdrawn from the ranking.`);
    });
};

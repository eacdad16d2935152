import type { AddCommand } from '../options.ts';

interface Options {
  readonly label?: string;
  readonly remove?: true;
}

export const addBaseline: AddCommand = (parent, cli) => {
  parent
    .command('baseline')
    .description('mark a run as a baseline, which the leaderboard shows without a rank (organisers)')
    .argument('<run>', 'identifier of the run')
    .option('-l, --label <text>', 'text beside the name of the group')
    .option('--remove', 'make it an ordinary run again')
    .action(async (id: string, { label, remove }: Options) => {
      if (remove && label !== undefined) throw new Error('use --remove without --label');
      const { runs } = await cli.client();
      if (remove) await runs.unmarkBaseline(id);
      else await runs.markBaseline(id, label);
      cli.print(remove ? `run ${id} is not a baseline.` : `run ${id} is a baseline.`);
    });
};

import type { AddCommand } from '../options.ts';

export const addReadmitRun: AddCommand = (parent, cli) => {
  parent
    .command('readmit')
    .description('readmit a disqualified run (organisers)')
    .argument('<run>', 'identifier of the run')
    .action(async (id: string) => {
      await (await cli.client()).runs.readmit(id);
      cli.print(`run ${id} is not disqualified.`);
    });
};

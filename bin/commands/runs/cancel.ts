import type { AddCommand } from '../options.ts';

export const addCancelRun: AddCommand = (parent, cli) => {
  parent
    .command('cancel')
    .description('stop a run that is waiting or running')
    .argument('<run>', 'identifier of the run')
    .action(async (id: string) => {
      await (await cli.client()).runs.cancel(id);
      cli.print(`run ${id} canceled.`);
    });
};

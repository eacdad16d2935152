import type { AddCommand } from '../options.ts';

export const addDeleteRun: AddCommand = (parent, cli) => {
  parent
    .command('delete')
    .description('delete an ended run with its files')
    .argument('<run>', 'identifier of the run')
    .action(async (id: string) => {
      await (await cli.client()).runs.delete(id);
      cli.print(`run ${id} deleted.`);
    });
};

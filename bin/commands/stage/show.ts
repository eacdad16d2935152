import type { AddCommand } from '../options.ts';

export const addShowStage: AddCommand = (parent, cli) => {
  parent
    .command('show')
    .description('show whether runs are admitted, and how many places they hold (operator)')
    .action(async () => {
      const { paused, inUse, capacity } = await (await cli.operator()).stage();
      cli.print(`Admission : ${paused ? 'paused' : 'open'}`);
      cli.print(`Places    : ${inUse} of ${capacity} in use`);
    });
};

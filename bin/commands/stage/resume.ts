import type { AddCommand } from '../options.ts';

export const addResumeStage: AddCommand = (parent, cli) => {
  parent
    .command('resume')
    .description('admit runs again (operator)')
    .action(async () => {
      await (await cli.operator()).pauseStage(false);
      cli.print('Runs are admitted again.');
    });
};

import type { AddCommand } from '../options.ts';

export const addPauseStage: AddCommand = (parent, cli) => {
  parent
    .command('pause')
    .description('admit no more runs; those that have begun go on, new ones wait (operator)')
    .action(async () => {
      const { inUse } = await (await cli.operator()).pauseStage(true);
      cli.print(`Admission is paused; ${inUse} runs go on. \`flowserv stage resume\` resumes it.`);
    });
};

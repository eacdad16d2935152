import type { AddCommand } from '../options.ts';

export const addPauseStage: AddCommand = (parent, cli) => {
  parent
    .command('pause')
    .description('stop admitting runs; running ones continue, new ones wait (operator)')
    .action(async () => {
      const { inUse } = await (await cli.operator()).pauseStage(true);
      cli.print(`Admission is paused; ${inUse} runs continue. \`flowserv stage resume\` resumes it.`);
    });
};

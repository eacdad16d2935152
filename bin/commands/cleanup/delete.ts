import type { AddCommand } from '../options.ts';
import { beforeTime, type ObsoleteChoice, obsoleteOptions } from './obsolete-options.ts';

/** flowServ command line, administration: `cleanup delete`. */
export const addDeleteObsoleteRuns: AddCommand = (parent, cli) => {
  const command = parent
    .command('delete')
    .description(
      'delete old runs of all groups, except runs that users still see, without asking (operator)',
    );
  for (const option of obsoleteOptions()) command.addOption(option);
  command.action(async ({ before, state }: ObsoleteChoice) => {
    const time = await beforeTime(cli, before);
    cli.print(`${await (await cli.operator()).removeObsoleteRuns(time, state)} runs deleted.`);
  });
};

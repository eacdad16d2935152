import { type AddCommand, privateOption, type ReasonChoice, reasonOption } from '../options.ts';

export const addDisqualifyRun: AddCommand = (parent, cli) => {
  parent
    .command('disqualify')
    .description('disqualify a run, which is not ranked any more (organisers)')
    .argument('<run>', 'identifier of the run')
    .addOption(reasonOption())
    .addOption(privateOption())
    .action(async (id: string, { reason, private: isPrivate }: ReasonChoice) => {
      const visibility = isPrivate ? 'private' : 'public';
      await (await cli.client()).runs.disqualify(id, { reason, visibility });
      cli.print(`run ${id} is disqualified.`);
    });
};

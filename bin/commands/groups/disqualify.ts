import { groupId } from '../../session/identifiers.ts';
import {
  type AddCommand,
  type GroupChoice,
  groupOption,
  privateOption,
  type ReasonChoice,
  reasonOption,
} from '../options.ts';

export const addDisqualifyGroup: AddCommand = (parent, cli) => {
  parent
    .command('disqualify')
    .description('disqualify a group: its runs are not ranked, and it starts no more (organisers)')
    .addOption(groupOption())
    .addOption(reasonOption())
    .addOption(privateOption())
    .action(async ({ group, reason, private: isPrivate }: GroupChoice & ReasonChoice) => {
      const id = groupId(group, cli.env);
      const visibility = isPrivate ? 'private' : 'public';
      await (await cli.client()).groups.disqualify(id, { reason, visibility });
      cli.print(`group ${id} is disqualified.`);
    });
};

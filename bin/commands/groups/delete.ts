import { groupId } from '../../session/identifiers.ts';
import {
  type AddCommand,
  type DeletionChoice,
  deletionText,
  type GroupChoice,
  groupOption,
  nowOption,
} from '../options.ts';

interface Options extends GroupChoice, DeletionChoice {
  readonly force?: true;
}

export const addDeleteGroup: AddCommand = (parent, cli) => {
  parent
    .command('delete')
    .description('delete a group with its files and runs; `groups restore` brings it back for some days')
    .addOption(groupOption())
    .addOption(nowOption())
    .option('-f, --force', 'do not ask')
    .action(async ({ group, force, now }: Options) => {
      const id = groupId(group, cli.env);
      const client = await cli.client();
      await cli.confirm(`Do you really want to delete the group ${id}${deletionText(now)}`, force);
      await client.groups.delete(id, { now: now === true });
      cli.print(`Submission '${id}' deleted.`);
    });
};

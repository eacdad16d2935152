import { groupId } from '../../session/identifiers.ts';
import { type AddCommand, type GroupChoice, groupOption } from '../options.ts';

interface Options extends GroupChoice {
  readonly force?: true;
}

export const addDeleteGroup: AddCommand = (parent, cli) => {
  parent
    .command('delete')
    .description('delete a group with its files and runs')
    .addOption(groupOption())
    .option('-f, --force', 'do not ask')
    .action(async ({ group, force }: Options) => {
      const id = groupId(group, cli.env);
      const client = await cli.client();
      await cli.confirm(`Do you really want to delete the group ${id}`, force);
      await client.groups.delete(id);
      cli.print(`Submission '${id}' deleted.`);
    });
};

import type { Command } from 'commander';
import type { Client } from '../../../shared/client/client.ts';
import { groupId } from '../../session/identifiers.ts';
import { userIds } from '../../session/user-ids.ts';
import {
  type AddCommand,
  commaList,
  type GroupChoice,
  groupOption,
  type JsonChoice,
  jsonOption,
} from '../options.ts';
import { printGroup } from './print-group.ts';

interface Options extends GroupChoice, JsonChoice {
  readonly name?: string;
  readonly members?: string[];
  readonly leave?: true;
}

export const addUpdateGroup: AddCommand = (parent, cli) => {
  parent
    .command('update')
    .description('rename a group or replace its members')
    .addOption(groupOption())
    .option('-n, --name <name>', 'new name')
    .option('-m, --members <users>', 'all members: names or identifiers separated by commas', commaList)
    .option('--leave', 'leave the group; the other members, or those of -m, stay')
    .addOption(jsonOption())
    .action(async ({ group, name, members, leave, json }: Options, command: Command) => {
      if (name === undefined && members === undefined && !leave) command.error('error: nothing to update');
      const id = groupId(group, cli.env);
      const client = await cli.client();
      const ids = members && (await userIds(client, members));
      const change = { name, members: await memberList(client, id, ids, leave) };
      const updated = await client.groups.update(id, change);
      if (json) cli.json(updated);
      else printGroup(cli, updated);
    });
};

/**
 * Returns the new list of members; undefined to leave it unchanged.
 *
 * @throws Error if it would remove the caller without `--leave`: only the other members could undo this
 */
async function memberList(
  client: Client,
  group: string,
  wanted: readonly string[] | undefined,
  leave: true | undefined,
): Promise<string[] | undefined> {
  if (wanted === undefined && !leave) return undefined;
  const [me, { members }] = await Promise.all([client.users.whoami(), client.groups.get(group)]);
  const list = wanted ?? members.map(({ id }) => id);
  if (leave) {
    const others = list.filter((id) => id !== me.id);
    if (others.length > 0) return others;
    throw new Error('you are the last member; delete the group instead, with `flowserv groups delete`');
  }
  if (list.includes(me.id) || !members.some(({ id }) => id === me.id)) return [...list];
  throw new Error(
    `this list does not contain you; add '${me.username}' to it, or leave the group with --leave`,
  );
}

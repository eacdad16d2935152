import { groupId } from '../../session/identifiers.ts';
import { userIds } from '../../session/user-ids.ts';
import { oneLine } from '../../terminal/text.ts';
import { type AddCommand, type GroupChoice, groupOption } from '../options.ts';

interface LeaveOptions extends GroupChoice {
  readonly force?: true;
}

export const addLeaveGroup: AddCommand = (parent, cli) => {
  parent
    .command('leave')
    .description('leave a group; only its other members can let you in again')
    .addOption(groupOption())
    .option('-f, --force', 'do not ask')
    .action(async ({ group, force }: LeaveOptions) => {
      const id = groupId(group, cli.env);
      const client = await cli.client();
      const me = await client.users.whoami();
      await cli.confirm(`Do you really want to leave the group ${id}`, force);
      await client.groups.removeMember(id, me.id);
      cli.print(`You left the group ${id}.`);
    });
};

export const addRemoveGroupMember: AddCommand = (parent, cli) => {
  parent
    .command('remove')
    .description('remove another member of a group')
    .argument('<user>', 'user name, or the id of the user')
    .addOption(groupOption())
    .action(async (user: string, { group }: GroupChoice) => {
      const id = groupId(group, cli.env);
      const client = await cli.client();
      const [me, { members }] = await Promise.all([client.users.whoami(), client.groups.get(id)]);
      const member = findUser(members, user);
      if (!member) throw new Error(`'${user}' is not a member of group ${id}`);
      if (member.id === me.id) throw new Error('this is you; leave the group with `flowserv groups leave`');
      await client.groups.removeMember(id, member.id);
      cli.print(`${oneLine(member.username)} is not a member of group ${id} any more.`);
    });
};

export const addHandOverGroup: AddCommand = (parent, cli) => {
  parent
    .command('hand-over')
    .description('make another member the owner of a group')
    .argument('<user>', 'user name, or the id of the user')
    .addOption(groupOption())
    .action(async (user: string, { group }: GroupChoice) => {
      const id = groupId(group, cli.env);
      const client = await cli.client();
      const member = findUser((await client.groups.get(id)).members, user);
      if (!member) throw new Error(`'${user}' is not a member of group ${id}`);
      await client.groups.handOver(id, member.id);
      cli.print(`${oneLine(member.username)} is the owner of group ${id}.`);
    });
};

export const addInviteUser: AddCommand = (parent, cli) => {
  parent
    .command('invite')
    .description('invite users to a group')
    .argument('<users...>', 'user names')
    .addOption(groupOption())
    .action(async (users: string[], { group }: GroupChoice) => {
      const id = groupId(group, cli.env);
      const client = await cli.client();
      for (const user of users) {
        await client.groups.invite(id, user);
        cli.print(`Invited ${oneLine(user)} to group ${id}.`);
      }
    });
};

export const addWithdrawInvitation: AddCommand = (parent, cli) => {
  parent
    .command('withdraw')
    .description('withdraw the invitation of a user')
    .argument('<user>', 'user name, or the id of the user')
    .addOption(groupOption())
    .action(async (user: string, { group }: GroupChoice) => {
      const id = groupId(group, cli.env);
      const client = await cli.client();
      const { invitations = [] } = await client.groups.get(id);
      const userId = findUser(invitations, user)?.id ?? (await userIds(client, [user]))[0] ?? user;
      await client.groups.removeInvitation(id, userId);
      cli.print(`Withdrew the invitation of ${oneLine(user)}.`);
    });
};

/** A user may have chosen the id of another as name. */
const findUser = <T extends { readonly id: string; readonly username: string }>(
  users: readonly T[],
  user: string,
): T | undefined => users.find(({ id }) => id === user) ?? users.find(({ username }) => username === user);

import { variables } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import { exportLine, oneLine, shortTime } from '../../terminal/text.ts';
import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';

const COLUMNS: readonly Column[] = [
  { name: 'Group', type: 'string' },
  { name: 'Name', type: 'string' },
  { name: 'Workflow', type: 'string' },
  { name: 'Invited by', type: 'string' },
  { name: 'At', type: 'string' },
];

const HELP = `
Answer an invitation by the identifier of its group:

  $ flowserv groups accept 1f0e…
  $ flowserv groups decline 1f0e…`;

export const addListInvitations: AddCommand = (parent, cli) => {
  parent
    .command('invitations')
    .description('list your open invitations to groups')
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(async ({ json }: JsonChoice) => {
      const invitations = await (await cli.client()).groups.invitations();
      if (json) return cli.json(invitations);
      const rows = invitations.map(({ group, invitedBy, invitedAt }) => [
        ...[group.id, group.name, group.workflow, invitedBy.username, shortTime(invitedAt)],
      ]);
      cli.table(COLUMNS, rows);
    });
};

export const addAcceptInvitation: AddCommand = (parent, cli) => {
  parent
    .command('accept')
    .description('accept an invitation to a group')
    .argument('<group>', 'identifier of the group')
    .action(async (group: string) => {
      const { id, name } = await (await cli.client()).groups.acceptInvitation(group);
      cli.note(`you are a member of ${oneLine(name)}`);
      cli.print(exportLine(variables.group, id));
    });
};

export const addDeclineInvitation: AddCommand = (parent, cli) => {
  parent
    .command('decline')
    .description('decline an invitation to a group')
    .argument('<group>', 'identifier of the group')
    .action(async (group: string) => {
      const client = await cli.client();
      await client.groups.removeInvitation(group, (await client.users.whoami()).id);
      cli.print(`Declined the invitation to group ${group}.`);
    });
};

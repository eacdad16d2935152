import { workflowId } from '../../../session/identifiers.ts';
import { userIds } from '../../../session/user-ids.ts';
import { oneLine } from '../../../terminal/text.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../../options.ts';

interface Options extends WorkflowChoice {
  readonly reason?: string;
}

/** A command by which an organiser decides about users. */
function deciding(name: string, state: 'approved' | 'declined', description: string): AddCommand {
  return (parent, cli) => {
    parent
      .command(name)
      .description(description)
      .argument('<users...>', 'user names, or ids of users')
      .addOption(workflowOption())
      .option('-r, --reason <text>', 'what the users read')
      .action(async (users: string[], { workflow, reason }: Options) => {
        const id = workflowId(workflow, cli.env);
        const client = await cli.client();
        for (const userId of await userIds(client, users)) {
          const { username } = await client.workflows.decideOn(id, userId, state, reason);
          cli.print(`${oneLine(username)} is ${state}.`);
        }
      });
  };
}

export const addApproveParticipant = deciding('approve', 'approved', 'let users take part');
export const addDeclineParticipant = deciding('decline', 'declined', 'do not let users take part');

import { actingAs, type OperatorChoice, operatorOption } from '../../../session/as-operator.ts';
import { workflowId } from '../../../session/identifiers.ts';
import { oneLine } from '../../../terminal/text.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../../options.ts';

export const addRemoveMember: AddCommand = (parent, cli) => {
  parent
    .command('remove')
    .description("take a user's role in a workflow away")
    .argument('<user>', 'user name, or the id of the user')
    .addOption(workflowOption())
    .addOption(operatorOption())
    .action(async (user: string, { workflow, operator }: WorkflowChoice & OperatorChoice) => {
      const id = workflowId(workflow, cli.env);
      const acting = await actingAs(cli, { operator });
      const members =
        acting.as === 'operator'
          ? (await acting.operator.listMembers(id)).map(({ id: userId, name }) => ({
              id: userId,
              username: name,
            }))
          : await acting.client.workflows.members(id);
      // A user may have chosen the id of another as name.
      const member = members.find((one) => one.id === user) ?? members.find((one) => one.username === user);
      if (!member) throw new Error(`'${user}' has no role in workflow ${id}`);
      if (acting.as === 'operator') await acting.operator.takeRole(id, member.id);
      else await acting.client.workflows.removeMember(id, member.id);
      cli.print(`${oneLine(member.username)} has no role in workflow ${id} any more.`);
    });
};

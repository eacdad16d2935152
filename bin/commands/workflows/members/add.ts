import { Option } from 'commander';
import { roles } from '../../../../shared/roles/names.ts';
import { actingAs, type OperatorChoice, operatorOption } from '../../../session/as-operator.ts';
import { workflowId } from '../../../session/identifiers.ts';
import { oneLine } from '../../../terminal/text.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../../options.ts';

interface Options extends WorkflowChoice, OperatorChoice {
  readonly role: (typeof roles)[number];
}

export const addAddMember: AddCommand = (parent, cli) => {
  parent
    .command('add')
    .description('give a user a role in a workflow, in place of the one before')
    .argument('<user>', 'user name')
    .addOption(workflowOption())
    .addOption(new Option('-r, --role <role>', 'role').choices(roles).makeOptionMandatory())
    .addOption(operatorOption())
    .action(async (username: string, { workflow, role, operator }: Options) => {
      const id = workflowId(workflow, cli.env);
      const acting = await actingAs(cli, { operator });
      if (acting.as === 'operator') await acting.operator.giveRole(id, username, role);
      else await acting.client.workflows.addMember(id, username, role);
      cli.print(`${oneLine(username)} is ${role} of workflow ${id}.`);
    });
};

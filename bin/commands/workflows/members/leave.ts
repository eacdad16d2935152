import { workflowId } from '../../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../../options.ts';

interface Options extends WorkflowChoice {
  readonly force?: true;
}

export const addLeaveWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('leave')
    .description('leave the members of a workflow')
    .addOption(workflowOption())
    .option('-f, --force', 'do not ask')
    .action(async ({ workflow, force }: Options) => {
      const id = workflowId(workflow, cli.env);
      const client = await cli.client();
      const me = await client.users.whoami();
      await cli.confirm(`Do you really want to lose your role in workflow ${id}`, force);
      await client.workflows.removeMember(id, me.id);
      cli.print(`You have no role in workflow ${id} any more.`);
    });
};

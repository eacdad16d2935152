import { workflowId } from '../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../options.ts';

export const addDeleteWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('delete')
    .description('delete a workflow with all its groups, files and runs, without asking')
    .addOption(workflowOption())
    .action(async ({ workflow }: WorkflowChoice) => {
      const id = workflowId(workflow, cli.env);
      await (await cli.operator()).removeWorkflow(id);
      cli.print(`workflow ${id} deleted.`);
    });
};

import { workflowId } from '../../session/identifiers.ts';
import { oneLine } from '../../terminal/text.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../options.ts';

export const addRestoreWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('restore')
    .description('restore a deleted workflow with everything that belonged to it (operator)')
    .addOption(workflowOption())
    .action(async ({ workflow }: WorkflowChoice) => {
      const id = workflowId(workflow, cli.env);
      const { name } = await (await cli.operator()).restoreWorkflow(id);
      cli.print(`workflow ${id} '${oneLine(name)}' restored.`);
    });
};

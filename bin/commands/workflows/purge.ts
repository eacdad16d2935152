import { workflowId } from '../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../options.ts';

export const addPurgeWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('purge')
    .description('remove the rest of a deleted workflow now, which frees its identifier (operator)')
    .addOption(workflowOption())
    .action(async ({ workflow }: WorkflowChoice) => {
      const id = workflowId(workflow, cli.env);
      const purged = await (await cli.operator()).purgeWorkflow(id);
      cli.print(purged ? `workflow ${id} purged.` : `nothing is left of workflow ${id}.`);
    });
};

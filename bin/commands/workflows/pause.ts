import { workflowId } from '../../session/identifiers.ts';
import { type AddCommand, reasonOption, type WorkflowChoice, workflowOption } from '../options.ts';

export const addPauseWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('pause')
    .description('pause submissions: no group starts runs until they are resumed (organisers)')
    .addOption(workflowOption())
    .addOption(reasonOption())
    .action(async ({ workflow, reason }: WorkflowChoice & { readonly reason: string }) => {
      const id = workflowId(workflow, cli.env);
      await (await cli.client()).workflows.pause(id, reason);
      cli.print(`submissions to workflow ${id} are paused.`);
    });
};

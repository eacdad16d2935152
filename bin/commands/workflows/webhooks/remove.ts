import { workflowId } from '../../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../../options.ts';

export const addRemoveWebhook: AddCommand = (parent, cli) => {
  parent
    .command('remove')
    .description('remove a webhook')
    .argument('<id>', 'id of the webhook')
    .addOption(workflowOption())
    .action(async (id: string, { workflow }: WorkflowChoice) => {
      await (await cli.client()).workflows.removeWebhook(workflowId(workflow, cli.env), id);
      cli.print(`webhook ${id} is removed.`);
    });
};

import { workflowId } from '../../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../../options.ts';

export const addTestWebhook: AddCommand = (parent, cli) => {
  parent
    .command('test')
    .description("send a test message to a webhook; 'deliveries' shows its outcome")
    .argument('<id>', 'id of the webhook')
    .addOption(workflowOption())
    .action(async (id: string, { workflow }: WorkflowChoice) => {
      const sent = await (await cli.client()).workflows.testWebhook(workflowId(workflow, cli.env), id);
      cli.print(sent.id);
    });
};

import { workflowId } from '../../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../../options.ts';
import { type EventChoice, eventOption } from './event-option.ts';

export const addChangeWebhook: AddCommand = (parent, cli) => {
  parent
    .command('change')
    .description('change which events a webhook sends, and switch it on again')
    .argument('<id>', 'id of the webhook')
    .addOption(workflowOption())
    .addOption(eventOption())
    .action(async (id: string, { workflow, event }: WorkflowChoice & EventChoice) => {
      const { workflows } = await cli.client();
      const { events } = await workflows.changeWebhook(workflowId(workflow, cli.env), id, event);
      cli.print(`webhook ${id} sends ${events.join(', ')}.`);
    });
};

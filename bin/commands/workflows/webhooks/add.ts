import { workflowId } from '../../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../../options.ts';
import { type EventChoice, eventOption } from './event-option.ts';

export const addAddWebhook: AddCommand = (parent, cli) => {
  parent
    .command('add')
    .description('send events of a workflow to an address, such as the ends of its runs')
    .argument('<url>', 'address that begins with https://')
    .addOption(workflowOption())
    .addOption(eventOption())
    .action(async (url: string, { workflow, event }: WorkflowChoice & EventChoice) => {
      const { workflows } = await cli.client();
      const { id, secret } = await workflows.addWebhook(workflowId(workflow, cli.env), url, event);
      cli.print(`webhook ${id} is created. It signs with this secret, which is not shown again:`, secret);
    });
};

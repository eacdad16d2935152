import { Option } from 'commander';
import type { WebhookEvent } from '../../../shared/client/webhook-methods.ts';
import { eventTypes } from '../../../shared/notifications/events.ts';
import { workflowId } from '../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../options.ts';

interface Options extends WorkflowChoice {
  readonly mail?: readonly WebhookEvent[];
  readonly off?: true;
}

export const addNotify: AddCommand = (parent, cli) => {
  parent
    .command('notify')
    .description('show or set about what you get mail: nothing, unless you ask for it')
    .addOption(workflowOption())
    .addOption(new Option('-m, --mail <event...>', 'events to get mail about').choices(eventTypes))
    .addOption(new Option('--off', 'end the mails').conflicts('mail'))
    .action(async ({ workflow, mail, off }: Options) => {
      const id = workflowId(workflow, cli.env);
      const { workflows } = await cli.client();
      const wanted = off ? [] : mail;
      const events = wanted ? await workflows.subscribe(id, wanted) : await workflows.subscription(id);
      const about = events.length === 0 ? 'no mail' : `mail about ${events.join(', ')}`;
      cli.print(`you get ${about} of workflow ${id}.`);
    });
};

import { workflowId } from '../../session/identifiers.ts';
import { printable, shortTime } from '../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';

export const addAnnounce: AddCommand = (parent, cli) => {
  parent
    .command('announce')
    .description('announce a text to everyone who sees the workflow (organisers)')
    .argument('<text>', 'plain text or Markdown')
    .addOption(workflowOption())
    .action(async (text: string, { workflow }: WorkflowChoice) => {
      const { id } = await (await cli.client()).workflows.announce(workflowId(workflow, cli.env), text);
      cli.print(id);
    });
};

interface Options extends WorkflowChoice, JsonChoice {
  readonly remove?: string;
}

export const addAnnouncements: AddCommand = (parent, cli) => {
  parent
    .command('announcements')
    .description('show the announcements of a workflow, the newest first')
    .addOption(workflowOption())
    .option('--remove <id>', 'remove one of them (organisers)')
    .addOption(jsonOption())
    .action(async ({ workflow, remove, json }: Options) => {
      const id = workflowId(workflow, cli.env);
      const { workflows } = await cli.client();
      if (remove !== undefined) {
        await workflows.removeAnnouncement(id, remove);
        return cli.print(`announcement ${remove} is removed.`);
      }
      const announcements = await workflows.announcements(id);
      if (json) return cli.json(announcements);
      for (const { id: announcement, createdAt, text } of announcements)
        cli.print(`${shortTime(createdAt)} (${announcement})`, printable(text), '');
    });
};

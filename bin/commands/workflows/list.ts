import { type AddCommand, type JsonChoice, jsonOption } from '../options.ts';
import { workflowLines } from './workflow-lines.ts';

export const addListWorkflows: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list all workflows')
    .addOption(jsonOption())
    .action(async ({ json }: JsonChoice) => {
      const workflows = await (await cli.client()).workflows.list();
      if (json) return cli.json(workflows);
      for (const [i, workflow] of workflows.entries()) {
        const title = `Workflow ${i + 1}`;
        cli.print(...(i > 0 ? [''] : []), title, '-'.repeat(title.length), '', ...workflowLines(workflow));
      }
    });
};

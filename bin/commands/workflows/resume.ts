import { workflowId } from '../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../options.ts';

export const addResumeWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('resume')
    .description('resume submissions (organisers)')
    .addOption(workflowOption())
    .action(async ({ workflow }: WorkflowChoice) => {
      const id = workflowId(workflow, cli.env);
      await (await cli.client()).workflows.resume(id);
      cli.print(`workflow ${id} accepts submissions.`);
    });
};

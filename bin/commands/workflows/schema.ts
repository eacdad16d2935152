import { workflowId } from '../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../options.ts';

export const addWorkflowSchema: AddCommand = (parent, cli) => {
  parent
    .command('schema')
    .description('print the JSON Schema of the arguments of a run')
    .addOption(workflowOption())
    .action(async ({ workflow }: WorkflowChoice) => {
      cli.json(await (await cli.client()).workflows.argumentSchema(workflowId(workflow, cli.env)));
    });
};

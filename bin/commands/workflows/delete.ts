import { workflowId } from '../../session/identifiers.ts';
import {
  type AddCommand,
  type DeletionChoice,
  deletionText,
  nowOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';

interface Options extends WorkflowChoice, DeletionChoice {
  readonly force?: true;
}

export const addDeleteWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('delete')
    .description(
      'delete a workflow with all its groups, files and runs; `workflows restore` brings it back for some days (operator)',
    )
    .addOption(workflowOption())
    .addOption(nowOption())
    .option('-f, --force', 'do not ask')
    .action(async ({ workflow, now, force }: Options) => {
      const id = workflowId(workflow, cli.env);
      const operator = await cli.operator();
      await cli.confirm(`Do you really want to delete the workflow ${id}${deletionText(now)}`, force);
      await operator.removeWorkflow(id);
      if (now) await operator.purgeWorkflow(id);
      cli.print(`workflow ${id} deleted.`);
    });
};

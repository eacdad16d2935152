import { workflowId } from '../../session/identifiers.ts';
import { type AddCommand, type WorkflowChoice, workflowOption } from '../options.ts';

interface Options extends WorkflowChoice {
  readonly all?: true;
  readonly dryRun?: true;
}

const HELP = `
After a deployment that changed a role, a function or the cluster, and after an upgrade of flowServ, installed
workflows have to be compiled again. Runs that are admitted later use the new state machines; running ones continue
with theirs. Workflows that are up to date do not change.`;

export const addRecompileWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('recompile')
    .description('compile a workflow, or all of them, for the current deployment and release (operator)')
    .argument('[id]', 'workflow, as with -w')
    .addOption(workflowOption())
    .option('--all', 'all workflows')
    .option('--dry-run', 'only list the workflows that are due, and why')
    .addHelpText('after', HELP)
    .action(async (id: string | undefined, { workflow, all, dryRun }: Options) => {
      const named = id ?? workflow;
      if (all && named !== undefined) throw new Error('name one workflow or --all, not both');
      const operator = await cli.operator();
      const recompiled = all
        ? operator.recompileAll({ dryRun })
        : [await operator.recompileWorkflow(workflowId(named, cli.env), { dryRun })];
      let failures = 0;
      for await (const found of recompiled) {
        if (found.failure === undefined) cli.print(lineOf(found, dryRun));
        else {
          failures += 1;
          cli.note(`workflow ${found.id} cannot be compiled: ${found.failure}`);
        }
      }
      if (failures > 0) throw new Error(`${failures} of the workflows cannot be compiled`);
    });
};

function lineOf(
  { id, reasons }: { readonly id: string; readonly reasons: readonly string[] },
  dryRun: boolean | undefined,
): string {
  if (reasons.length === 0) return `workflow ${id} is up to date.`;
  return `workflow ${id} ${dryRun ? 'is due' : 'recompiled'}: ${reasons.join(', ')}.`;
}

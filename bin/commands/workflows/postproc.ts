import { workflowId } from '../../session/identifiers.ts';
import type { Column } from '../../terminal/table.ts';
import { oneLine, shortTime } from '../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';

interface Options extends WorkflowChoice, JsonChoice {
  readonly retry?: true;
}

const COLUMNS: readonly Column[] = ['Run', 'Phase', 'Version', 'Created at', 'State', 'Shown', 'Reason'].map(
  (name) => ({ name, type: 'string' }),
);

export const addPostproc: AddCommand = (parent, cli) => {
  parent
    .command('postproc')
    .description('list the newest post-processing runs of a workflow (owners, organisers and viewers)')
    .addOption(workflowOption())
    .option('--retry', 'repeat what failed or was canceled, with the current ranking (owners and organisers)')
    .addOption(jsonOption())
    .action(async ({ workflow, retry, json }: Options) => {
      const id = workflowId(workflow, cli.env);
      const { workflows } = await cli.client();
      const { pending, runs } = retry ? await workflows.retryPostproc(id) : await workflows.postproc(id);
      if (json) return cli.json({ pending, runs });
      cli.table(
        COLUMNS,
        runs.map(({ phase = '', versionNumber, createdAt, state, shown, reason, message = '', ...run }) => [
          run.id,
          phase,
          String(versionNumber),
          shortTime(createdAt),
          state,
          shown ? 'yes' : '',
          oneLine(reason ?? lastLine(message)),
        ]),
      );
      if (pending) cli.print('The ranking changed, or a run was repeated: another run follows.');
    });
};

/** Which step failed, and why; the output of steps comes before it. */
const lastLine = (message: string): string => message.trimEnd().split('\n').at(-1) ?? '';

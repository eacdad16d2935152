import type { Run } from '../../../shared/api/answers.ts';
import { workflowId } from '../../session/identifiers.ts';
import { oneLine } from '../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';
import { workflowLines } from './workflow-lines.ts';

export const addShowWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('show')
    .description('show a workflow and its post-processing results')
    .addOption(workflowOption())
    .addOption(jsonOption())
    .action(async ({ workflow, json }: WorkflowChoice & JsonChoice) => {
      const handle = await (await cli.client()).workflows.get(workflowId(workflow, cli.env));
      if (json) return cli.json(handle);
      cli.print(...workflowLines(handle));
      if (handle.postproc)
        cli.print('', 'Post-processing', '---------------', ...postprocLines(handle.postproc));
    });
};

const postprocLines = ({ messages = [], files = [] }: Run): string[] =>
  messages.length > 0 ? messages : files.map(({ id, name }) => `${id} (${oneLine(name)})`);

import type { Run, Workflow } from '../../../shared/api/answers.ts';
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
      const { paused } = handle;
      const pause = paused ? ['', `Submissions are paused: ${oneLine(paused.reason)}`] : [];
      cli.print(...workflowLines(handle), ...pause, ...phaseLines(handle.phases ?? []));
      if (handle.postproc)
        cli.print('', 'Post-processing', '---------------', ...postprocLines(handle.postproc));
    });
};

const phaseLines = (phases: NonNullable<Workflow['phases']>): string[] =>
  phases.length === 0
    ? []
    : [
        '',
        'Phases',
        '------',
        ...phases.map((phase) => `${phase.id} (${oneLine(phase.name)}): ${times(phase)}`),
      ];

const times = ({ state, opens, closes }: NonNullable<Workflow['phases']>[number]): string =>
  [
    state,
    ...(opens === undefined ? [] : [`opens ${opens}`]),
    ...(closes === undefined ? [] : [`closes ${closes}`]),
  ].join(', ');

const postprocLines = ({ messages = [], files = [] }: Run): string[] =>
  messages.length > 0 ? messages : files.map(({ id, name }) => `${id} (${oneLine(name)})`);

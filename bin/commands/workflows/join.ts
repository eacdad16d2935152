import { workflowId } from '../../session/identifiers.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../options.ts';

/** What the state of a request means for the user. */
const STATES = {
  none: 'you have not asked to take part',
  requested: 'your request to take part waits for an organiser',
  approved: 'you are approved to take part',
  declined: 'an organiser declined your request to take part',
} as const;

export const addJoinWorkflow: AddCommand = (parent, cli) => {
  parent
    .command('join')
    .description('ask to take part in a benchmark whose organisers approve participants, and show the answer')
    .addOption(workflowOption())
    .addOption(jsonOption())
    .action(async ({ workflow, json }: WorkflowChoice & JsonChoice) => {
      const id = workflowId(workflow, cli.env);
      const participation = await (await cli.client()).workflows.askToJoin(id);
      if (json) return cli.json(participation);
      const { required, state = 'none', reason } = participation.approval;
      if (!required) return cli.print('Everyone may take part in this benchmark.');
      cli.print(`${STATES[state]}${reason === undefined ? '' : `: ${reason}`}`);
    });
};

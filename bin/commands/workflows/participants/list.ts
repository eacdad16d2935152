import { Option } from 'commander';
import { type ParticipantState, participantStates } from '../../../../shared/participants/states.ts';
import { workflowId } from '../../../session/identifiers.ts';
import type { Column } from '../../../terminal/table.ts';
import { shortTime } from '../../../terminal/text.ts';
import {
  type AddCommand,
  type JsonChoice,
  jsonOption,
  type WorkflowChoice,
  workflowOption,
} from '../../options.ts';

const COLUMNS: readonly Column[] = ['User', 'State', 'Asked', 'Decided', 'Reason', 'ID'].map((name) => ({
  name,
  type: 'string',
}));

interface Options extends WorkflowChoice, JsonChoice {
  readonly state?: ParticipantState;
}

export const addListParticipants: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list the users who asked to take part')
    .addOption(workflowOption())
    .addOption(new Option('-s, --state <state>', 'only those in one state').choices(participantStates))
    .addOption(jsonOption())
    .action(async ({ workflow, state, json }: Options) => {
      const { workflows } = await cli.client();
      const participants = await workflows.participants(workflowId(workflow, cli.env), state);
      if (json) return cli.json(participants);
      const timeOf = (time: string | undefined) => (time === undefined ? '' : shortTime(time));
      const rows = participants.map((one) => [
        ...[
          one.username,
          one.state,
          timeOf(one.requestedAt),
          timeOf(one.decidedAt),
          one.reason ?? '',
          one.id,
        ],
      ]);
      cli.table(COLUMNS, rows);
    });
};

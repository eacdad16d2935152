import { Option } from 'commander';
import type { RunEntry } from '../../../shared/api/answers.ts';
import { type RunState, runStates } from '../../../shared/runs/state.ts';
import { groupId } from '../../session/identifiers.ts';
import type { Cell, Column } from '../../terminal/table.ts';
import { shortTime } from '../../terminal/text.ts';
import { type AddCommand, type GroupChoice, groupOption, type JsonChoice, jsonOption } from '../options.ts';

interface Options extends GroupChoice, JsonChoice {
  readonly state?: RunState;
}

/** A column with its cells; a column that is not `fixed` is shown only if a run has a value. */
interface RunColumn extends Column {
  readonly cell: (run: RunEntry) => Cell;
  readonly fixed?: true;
}

const COLUMNS: readonly RunColumn[] = [
  { name: 'ID', type: 'string', cell: ({ id }) => id, fixed: true },
  { name: 'Submitted at', type: 'string', cell: ({ createdAt }) => shortTime(createdAt), fixed: true },
  { name: 'State', type: 'string', cell: ({ state }) => state, fixed: true },
  { name: 'Phase', type: 'string', cell: ({ phase }) => phase ?? null },
  { name: 'Rank', type: 'int', cell: ({ rank }) => rank ?? null },
];

const MORE_COLUMNS: readonly RunColumn[] = [
  { name: 'Input files', type: 'string', cell: ({ inputs }) => inputs?.join(', ') ?? null },
  { name: 'Warnings', type: 'int', cell: ({ warningCount }) => warningCount ?? null },
  { name: 'Reason', type: 'string', cell: ({ reason, notRanked }) => reason ?? reasonText(notRanked) },
  { name: 'Since', type: 'string', cell: ({ since }) => (since === undefined ? null : shortTime(since)) },
];

const reasonText = (notRanked: string | undefined): string | null =>
  notRanked === undefined ? null : `not ranked: ${notRanked}`;

/** A column of the leaderboard that is shown; lists have the first three. */
const RESULT_COLUMNS = 3;

export const addListRuns: AddCommand = (parent, cli) => {
  parent
    .command('list')
    .description('list the runs of a group, with their results, and why the active ones have not ended')
    .addOption(groupOption())
    .addOption(new Option('-s, --state <state>', 'only runs in this state').choices(runStates))
    .addOption(jsonOption())
    .action(async ({ group, state, json }: Options) => {
      const runs = await (await cli.client()).runs.list(groupId(group, cli.env), state);
      if (json) return cli.json(runs);
      const columns = [...COLUMNS, ...resultColumns(runs), ...MORE_COLUMNS].filter(
        ({ fixed, cell }) => fixed || runs.some((run) => cell(run) !== null),
      );
      cli.table(
        columns,
        runs.map((run) => columns.map(({ cell }) => cell(run))),
      );
    });
};

/** A number keeps the digits that the API sent, except that a float without a fraction looks like an int. */
function resultColumns(runs: readonly RunEntry[]): RunColumn[] {
  const [first] = runs.flatMap(({ results }) => (results ? [results] : []));
  return (first ?? []).slice(0, RESULT_COLUMNS).map(({ name }) => {
    const cell = ({ results }: RunEntry) => results?.find((one) => one.name === name)?.value ?? null;
    const isFloat = runs.some((run) => typeof cell(run) === 'number' && !Number.isInteger(cell(run)));
    const isText = runs.some((run) => typeof cell(run) === 'string');
    return { name, type: isText ? 'string' : isFloat ? 'float' : 'int', cell };
  });
}

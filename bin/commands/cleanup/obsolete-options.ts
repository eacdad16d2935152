import { Option } from 'commander';
import { type RunState, runStates } from '../../../shared/runs/state.ts';
import type { Cli } from '../../session/cli.ts';

/** The old runs that a command applies to. */
export interface ObsoleteChoice {
  readonly before?: string;
  readonly state?: RunState;
}

export const obsoleteOptions = (): readonly Option[] => [
  new Option(
    '-d, --before <time>',
    'runs created before, such as 2026 or 2026-03-01T12:00; asked for when left out',
  ),
  new Option('-s, --state <state>', 'only runs in this state').choices(runStates),
];

/** Returns the time as given, and asks for it if absent. @throws Error if it is not a time */
export async function beforeTime(cli: Cli, before: string | undefined): Promise<string> {
  const text = (before ?? (await cli.questions.ask('Runs before: '))).trim();
  if (/^\d{4}(?:-\d{2}(?:-\d{2}(?:T[\d:.]{2,15})?)?)?$/.test(text)) return text;
  throw new Error(
    `'${text}' is not a time; write it as 2026, 2026-03, 2026-03-01 or 2026-03-01T12:00:00, in UTC`,
  );
}

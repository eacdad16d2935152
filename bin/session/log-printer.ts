import type { LogPage, RunLogs } from '../../shared/api/log-answers.ts';
import type { Client } from '../../shared/client/client.ts';
import { STREAMS, type StreamName } from '../../shared/runs/logs/streams.ts';
import { oneLine } from '../terminal/text.ts';
import type { Cli } from './cli.ts';

type LoggedStep = RunLogs['steps'][number];

/** Characters of a line that are printed before its end is known. */
const LONGEST_LINE = 32_768;

/** How far the output of one attempt of a step is printed. */
interface Position {
  readonly attempt: number;
  readonly next: Record<StreamName, number>;
  /** The beginning of a line. */
  readonly rest: Record<StreamName, string>;
  heading: string;
}

/**
 * Prints the output of steps as far as it is new: standard output as the result of the command, everything else beside
 * it. Control characters are replaced, because the output is that of other people's programs.
 *
 * @param isWanted whether to print a step
 */
export function createLogPrinter(
  cli: Pick<Cli, 'print' | 'note'>,
  client: Client,
  runId: string,
  isWanted: (step: LoggedStep) => boolean,
) {
  const positions = new Map<number, Position>();

  const positionOf = ({ index, attempt = 0 }: LoggedStep): Position => {
    const known = positions.get(index);
    if (known?.attempt === attempt) return known;
    const next = { attempt, next: { stdout: 0, stderr: 0 }, rest: { stdout: '', stderr: '' }, heading: '' };
    positions.set(index, next);
    return next;
  };

  const write = (position: Position, name: StreamName, { text, start, next, complete }: LogPage) => {
    const print = name === 'stdout' ? cli.print : cli.note;
    const gap = start - position.next[name];
    if (gap > 0) cli.note(`… ${gap} bytes of ${name} left out …`);
    // A carriage return begins the line of a progress bar again.
    const lines = (position.rest[name] + text).replace(/\r\n?/g, '\n').split('\n');
    const last = lines.pop() ?? '';
    const isKept = !complete && last.length < LONGEST_LINE;
    position.rest[name] = isKept ? last : '';
    position.next[name] = next;
    print(...lines, ...(isKept || last === '' ? [] : [last]));
  };

  /** Prints all pages of a stream that follow what is printed. */
  const drain = async (step: LoggedStep, position: Position, name: StreamName) => {
    for (;;) {
      const after = position.next[name];
      const { steps } = await client.runs.logs(runId, { step: step.index, stream: name, after });
      const page = steps[0]?.attempt === position.attempt ? steps[0][name] : undefined;
      if (!page) return;
      write(position, name, page);
      if (page.next === after || page.next === page.size) return;
    }
  };

  return {
    /** Prints what is new; the run is as `steps` shows it. */
    async print({ steps }: RunLogs): Promise<void> {
      for (const step of steps.filter(isWanted)) {
        if (step.attempt === undefined) continue;
        const position = positionOf(step);
        const heading = headingOf(step);
        if (position.heading !== heading) cli.note(heading);
        position.heading = heading;
        for (const name of STREAMS) {
          const page = step[name];
          // A step without a page in an overview began long ago: it is read as well.
          const isNew = page ? page.size > position.next[name] || position.rest[name] !== '' : true;
          const hasOutput = step.private !== true && step.takenFrom === undefined;
          if (hasOutput && isNew && (page || !isOver(step, position))) await drain(step, position, name);
        }
      }
    },
  };
}

/** Whether the output of an ended step was printed before. */
const isOver = ({ state }: LoggedStep, { next }: Position): boolean =>
  (state === 'success' || state === 'failed') && next.stdout + next.stderr > 0;

function headingOf(step: LoggedStep): string {
  const { index, name, state, attempt = 1, exitCode, reason, takenFrom } = step;
  const more = [
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ...(reason === undefined ? [] : [reason]),
    ...(step.private ? ['its output is private'] : []),
    ...(takenFrom === undefined ? [] : [`it took the outputs of run ${takenFrom}`]),
  ];
  return oneLine(`== step ${index} ${name}: ${[state, ...more].join(', ')}`);
}

import { createBroker } from './broker.ts';
import { emptyFolder } from './disk.ts';
import { readEnvironment, type StagingEnvironment } from './environment.ts';
import { describeFailure } from './failure.ts';
import { guardStep } from './warden.ts';

/**
 * Guards the steps of a task, one after the other, and lays out the files of each step but the first. A later step has
 * volumes of its own, which no earlier step could reach.
 *
 * The task ends early, and `next-step` starts another one, if the next step cannot begin, or if files of a step cannot
 * be removed: each step has the whole disk for itself.
 *
 * @param variables environment of the program
 * @param stop aborted when the task is being stopped
 * @returns the lines for the log of the container
 * @throws when the status of a step cannot be written
 */
export async function guardSteps(
  variables: Readonly<Record<string, string | undefined>>,
  stop: AbortSignal,
): Promise<string> {
  const lines: string[] = [];
  let env = readEnvironment(variables);
  for (let position = 1; ; position += 1) {
    const { line, goesOn } = await guardStep(env, stop);
    lines.push(line);
    if (!goesOn || stop.aborted || !(await leaveRoom(env))) break;
    try {
      env = readEnvironment(variables, { position, ticket: await createBroker(env).next() });
    } catch (error) {
      lines.push(`the next step does not begin here: ${describeFailure(error).message}`);
      break;
    }
    lines.push(await layOutNext(env));
  }
  return lines.join('\n');
}

/** Removes the files of a step that succeeded: all of them that are kept are stored. */
async function leaveRoom({ work, log }: StagingEnvironment): Promise<boolean> {
  const emptied = await Promise.all([emptyFolder(work), emptyFolder(log)]);
  return emptied.every((isEmpty) => isEmpty);
}

/** Lays out the files of a later step. If that fails, `stage` left the reason, which its guard reports. */
async function layOutNext(env: StagingEnvironment): Promise<string> {
  try {
    const { stage } = await import('./stage.ts');
    return await stage(env);
  } catch (error) {
    return `the files were not laid out: ${describeFailure(error).message}`;
  }
}

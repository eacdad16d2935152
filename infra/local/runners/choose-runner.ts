import type { Runner } from '@flowserv/local-aws';
import type { RunnerName, RunnerSetting } from './runner-setting.ts';

/** A runner of containers that is ready, as its operator is told of it. */
export interface ChosenRunner {
  readonly name: RunnerName;
  readonly runner: Runner;
  /** What runs the steps, such as `podman 4.3.1`. */
  readonly description: string;
  /** What the operator should know of it: what it does not protect from, and how to get that. */
  readonly notices: readonly string[];
  close(): Promise<void>;
}

/** Opens a runner. @throws Error with a sentence that says why it cannot be had, and how to get it */
export type OpenRunner = () => Promise<ChosenRunner>;

/**
 * Takes the runner that is asked for; with `auto`, the first of `order` that can be had. Its notices also say why each
 * runner before it could not be had.
 *
 * @throws Error with the sentence of the runner that was asked for, when it cannot be had
 */
export async function chooseRunner(
  setting: RunnerSetting,
  order: readonly RunnerName[],
  open: Readonly<Record<RunnerName, OpenRunner>>,
): Promise<ChosenRunner> {
  if (setting !== 'auto') return open[setting]();
  const refusals: string[] = [];
  for (const name of order) {
    try {
      const chosen = await open[name]();
      return { ...chosen, notices: [...chosen.notices, ...refusals] };
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(refusals.join('; '));
}

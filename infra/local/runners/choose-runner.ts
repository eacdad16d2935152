import type { Runner } from '@flowserv/local-aws';
import type { RunnerName, RunnerSetting } from './runner-setting.ts';

/** A runner of containers that is ready, with its description for the operator. */
export interface ChosenRunner {
  readonly name: RunnerName;
  readonly runner: Runner;
  /** What runs the steps, such as `podman 4.3.1`. */
  readonly description: string;
  /** What the operator should know about it: missing protections, and how to get them. */
  readonly notices: readonly string[];
  close(): Promise<void>;
}

/** Opens a runner. @throws Error whose message is one sentence: why it is not available, and how to get it */
export type OpenRunner = () => Promise<ChosenRunner>;

/**
 * Opens the requested runner; with `auto`, the first available one of `order`. Its notices also give the reason why
 * each runner before it is not available.
 *
 * @throws Error with the message of the requested runner when it is not available
 */
export async function chooseRunner(
  setting: RunnerSetting,
  order: readonly RunnerName[],
  open: Readonly<Record<RunnerName, OpenRunner>>,
): Promise<ChosenRunner> {
  if (setting !== 'auto') return open[setting]();
  const reasons: string[] = [];
  for (const name of order) {
    try {
      const chosen = await open[name]();
      return { ...chosen, notices: [...chosen.notices, ...reasons] };
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(reasons.join('; '));
}

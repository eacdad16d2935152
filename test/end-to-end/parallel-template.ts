/** Templates whose steps run at the same time where they are independent. */

export interface ParallelStep {
  readonly name: string;
  /** Undefined leaves the element out. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly commands?: readonly string[];
  /** Replaces the commands. */
  readonly action?: unknown;
  readonly cache?: boolean;
}

const IMAGE = 'python:3.9';

/** @param more further sections of the template */
export function parallelTemplate(
  steps: readonly ParallelStep[],
  outputs: readonly string[] = [],
  more = '',
): string {
  const list = steps.map(({ name, inputs, outputs: left, commands, action, cache }) => ({
    name,
    files: { ...(inputs && { inputs }), ...(left && { outputs: left }) },
    action: action ?? { environment: IMAGE, commands },
    ...(cache && { cache }),
  }));
  const workflow = { parallel: 'inferred', files: { outputs }, steps: list };
  return `workflow: ${JSON.stringify(workflow)}\n${more}`;
}

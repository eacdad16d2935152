import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { pythonTool } from '../python-tool.ts';
import { type PlainEvent, plain, type TaskEnd } from './history.ts';

const program = fileURLToPath(new URL('interpret.py', import.meta.url));

export interface ExecutionWithTasks {
  readonly definition: string;
  readonly input: unknown;
  readonly tasks: readonly TaskEnd[];
}

const responses = z.array(
  z.object({ history: z.array(z.looseObject({})), left: z.array(z.unknown()) }).strict(),
);

/**
 * Runs executions on a third-party interpreter, with the given results of tasks.
 *
 * @returns the history of each; an unused task is an additional event.
 */
export async function otherHistories(executions: readonly ExecutionWithTasks[]): Promise<PlainEvent[][]> {
  const python = await pythonTool('python');
  const child = spawn(python, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(executions));
  const output = await text(child.stdout);
  return responses
    .parse(JSON.parse(output))
    .map(({ history, left }) => [
      ...plain(history),
      ...left.map((task) => ({ type: 'a task that was not asked for', details: { task } })),
    ]);
}

import { afterEach, describe, expect, it } from 'vitest';
import { ContainerError, type Runner, type RunningContainer } from '../../ecs/runner.ts';
import { container, discard, run, shell, startStack, stopped, type TestStack } from './stack.ts';

let stack: TestStack;
afterEach(() => discard(stack));

/** Runs a task whose only container ends as given. */
async function taskThatEnds(end: () => Pick<RunningContainer, 'exited' | 'endReason'>) {
  const runner: Runner = {
    openTask: async () => ({
      start: async () => ({ handle: '{}', signal: () => {}, ...end() }),
      remove: async () => {},
    }),
    recover: async () => {},
  };
  stack = await startStack({ runner });
  const task = await run(stack, [shell('main', '')]);
  return stopped(stack, task.taskArn);
}

describe('the end of a container', () => {
  it("has the runner's reason in addition to the exit code", async () => {
    const reason = 'OutOfMemoryError: container killed due to memory usage';
    const task = await taskThatEnds(() => ({ exited: Promise.resolve(137), endReason: async () => reason }));

    expect(container(task, 'main')).toMatchObject({ exitCode: 137, reason });
    expect(task.stopCode).toBe('EssentialContainerExited');
  });

  it('has no exit code if it is unknown, and ends the task as if its host was lost', async () => {
    const error = new ContainerError('CannotInspectContainerError', 'the engine does not respond');
    const task = await taskThatEnds(() => ({ exited: Promise.reject(error) }));

    expect(container(task, 'main').exitCode).toBeUndefined();
    expect(container(task, 'main').reason).toBe('CannotInspectContainerError: the engine does not respond');
    expect(task).toMatchObject({
      stopCode: 'TerminationNotice',
      stoppedReason: container(task, 'main').reason,
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  type ContainerView,
  dueActions,
  type OrderedContainer,
  type TaskView,
} from '../../ecs/container-order.ts';

/** A container with its fate: a failed start, an exit code, or running until it is stopped. */
interface Scripted extends OrderedContainer {
  readonly fate: 'fails' | 'runs' | number;
}

/** Definitions that registration accepts: dependencies point backwards, and one container is essential. */
const tasks = fc
  .array(
    fc.record({
      essential: fc.boolean(),
      fate: fc.oneof(fc.constantFrom('fails' as const, 'runs' as const), fc.constantFrom(0, 1)),
      targets: fc.array(
        fc.tuple(fc.nat(9), fc.constantFrom('START' as const, 'COMPLETE' as const, 'SUCCESS' as const)),
      ),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((drafts) =>
    drafts.map(({ essential, fate, targets }, index): Scripted => {
      const dependsOn = targets
        .filter(([target]) => target < index)
        .map(([target, condition]) => ({
          containerName: `c${target}`,
          condition:
            drafts[target]?.essential || target === drafts.length - 1 ? ('START' as const) : condition,
        }));
      return { name: `c${index}`, essential: essential || index === drafts.length - 1, fate, dependsOn };
    }),
  );

interface State {
  readonly containers: Map<string, ContainerView>;
  running: boolean;
  stopping: boolean;
  finished: boolean;
}

/** Simulates a task to its end; `pick` chooses which pending event happens next. Returns the actions in order. */
function play(
  containers: readonly Scripted[],
  pick: (count: number) => number,
): { actions: Action[]; state: State } {
  const idle: ContainerView = { phase: 'PENDING', exitCode: undefined, terminating: false };
  const state: State = {
    containers: new Map(containers.map(({ name }) => [name, idle])),
    running: false,
    stopping: false,
    finished: false,
  };
  const set = (name: string, change: Partial<ContainerView>) =>
    state.containers.set(name, { ...(state.containers.get(name) ?? idle), ...change });
  const actions: Action[] = [];
  for (;;) {
    for (
      let due = dueActions(containers, view(state));
      due.length > 0;
      due = dueActions(containers, view(state))
    ) {
      for (const action of due) {
        checkAllowed(action, containers, state);
        actions.push(action);
        apply(action, state, set);
      }
    }
    const events = pendingEvents(containers, state, set);
    if (events.length === 0) return { actions, state };
    events[pick(events.length)]?.();
  }
}

const view = (state: State): TaskView => ({ ...state });

type SetContainer = (name: string, change: Partial<ContainerView>) => void;

function apply(action: Action, state: State, set: SetContainer): void {
  if (action.type === 'start') set(action.container, { phase: 'STARTING' });
  if (action.type === 'abandon') set(action.container, { phase: 'STOPPED' });
  if (action.type === 'terminate') set(action.container, { terminating: true });
  if (action.type === 'mark-running') state.running = true;
  if (action.type === 'stop-task') state.stopping = true;
  if (action.type === 'finish') state.finished = true;
}

/** The events that may happen next: a start succeeds or fails, a program ends by itself or is stopped. */
function pendingEvents(containers: readonly Scripted[], { containers: views }: State, set: SetContainer) {
  return containers.flatMap(({ name, fate }) => {
    const { phase, terminating } = views.get(name) ?? { phase: 'PENDING', terminating: false };
    if (phase === 'STARTING') {
      return [() => set(name, fate === 'fails' ? { phase: 'STOPPED' } : { phase: 'RUNNING' })];
    }
    if (phase !== 'RUNNING' || (fate === 'runs' && !terminating)) return [];
    return [() => set(name, { phase: 'STOPPED', exitCode: typeof fate === 'number' ? fate : 143 })];
  });
}

/** The rules of the ECS API reference in reverse: the conditions that must hold for an action. */
function checkAllowed(
  action: Action,
  containers: readonly Scripted[],
  { containers: views, stopping }: State,
): void {
  if (action.type === 'start') {
    expect(stopping).toBe(false);
    for (const { containerName, condition } of containers.find(({ name }) => name === action.container)
      ?.dependsOn ?? []) {
      const target = views.get(containerName);
      if (condition === 'START') expect(['RUNNING', 'STOPPED']).toContain(target?.phase);
      else expect(target?.phase).toBe('STOPPED');
      if (condition === 'SUCCESS') expect(target?.exitCode).toBe(0);
    }
  }
  if (action.type === 'terminate') {
    const dependents = containers.filter(({ dependsOn }) =>
      dependsOn.some(({ containerName }) => containerName === action.container),
    );
    for (const { name } of dependents) expect(views.get(name)?.phase).not.toBe('RUNNING');
  }
  if (action.type === 'finish') {
    for (const { phase } of views.values()) expect(phase).toBe('STOPPED');
  }
}

describe('dueActions', () => {
  it('keeps the order of the dependencies in every task, and ends each task whose essential container ends', () => {
    fc.assert(
      fc.property(tasks, fc.infiniteStream(fc.nat(1000)), (containers, numbers) => {
        const { state, actions } = play(containers, (count) => (numbers.next().value ?? 0) % count);

        const essentialEnded = containers.some(
          ({ name, essential }) => essential && state.containers.get(name)?.phase === 'STOPPED',
        );
        expect(state.finished).toBe(essentialEnded);
        expect(actions.filter(({ type }) => type === 'stop-task')).toHaveLength(essentialEnded ? 1 : 0);
        for (const { name } of containers) {
          const starts = actions.filter((action) => action.type === 'start' && action.container === name);
          expect(starts.length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

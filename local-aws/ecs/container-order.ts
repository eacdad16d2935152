/**
 * Decides which container of a task starts or stops next, by pure rules over the state of a task.
 *
 * Sources: ECS API reference, ContainerDependency and ContainerDefinition (`dependsOn`, `essential`); the
 * ECS agent's dependency graph for details that the reference does not specify.
 */
export interface OrderedContainer {
  readonly name: string;
  readonly essential: boolean;
  readonly dependsOn: readonly Dependency[];
}

interface Dependency {
  readonly containerName: string;
  readonly condition: 'START' | 'COMPLETE' | 'SUCCESS';
}

type Phase = 'PENDING' | 'STARTING' | 'RUNNING' | 'STOPPED';

export interface ContainerView {
  readonly phase: Phase;
  /** Undefined for a container that never ran. */
  readonly exitCode: number | undefined;
  /** True after the container received a stop signal. */
  readonly terminating: boolean;
}

export interface TaskView {
  readonly containers: ReadonlyMap<string, ContainerView>;
  readonly running: boolean;
  readonly stopping: boolean;
  readonly finished: boolean;
}

export type StopCode =
  | 'EssentialContainerExited'
  | 'TaskFailedToStart'
  | 'UserInitiated'
  | 'SpotInterruption'
  | 'TerminationNotice';

export type Action =
  | { readonly type: 'start'; readonly container: string }
  /** The container will not run; it becomes STOPPED without an exit code. */
  | { readonly type: 'abandon'; readonly container: string; readonly reason?: string }
  | { readonly type: 'terminate'; readonly container: string }
  | { readonly type: 'mark-running' }
  | { readonly type: 'stop-task'; readonly code: StopCode; readonly reason: string }
  | { readonly type: 'finish' };

/**
 * Returns the actions that are due. Each action changes the view. The caller repeats the call until the list is empty,
 * and then again after the next event.
 */
export function dueActions(containers: readonly OrderedContainer[], view: TaskView): Action[] {
  if (view.finished) return [];
  return view.stopping ? stopActions(containers, view) : runActions(containers, view);
}

function runActions(containers: readonly OrderedContainer[], view: TaskView): Action[] {
  const ended = containers.find((container) => container.essential && phase(view, container) === 'STOPPED');
  if (ended) {
    const ran = view.containers.get(ended.name)?.exitCode !== undefined;
    return [
      ran
        ? {
            type: 'stop-task',
            code: 'EssentialContainerExited',
            reason: 'Essential container in task exited',
          }
        : { type: 'stop-task', code: 'TaskFailedToStart', reason: 'Task failed to start' },
    ];
  }
  const actions = containers
    .filter((container) => phase(view, container) === 'PENDING')
    .flatMap((container) => startActions(container, view));
  if (actions.length > 0 || view.running) return actions;
  const allStarted = containers.every((container) => ['RUNNING', 'STOPPED'].includes(phase(view, container)));
  return allStarted ? [{ type: 'mark-running' }] : [];
}

function startActions(container: OrderedContainer, view: TaskView): Action[] {
  const states = container.dependsOn.map((dependency) => ({ dependency, state: stateOf(dependency, view) }));
  const failed = states.find(({ state }) => state === 'never')?.dependency;
  if (failed) {
    // The ECS agent (1.61.2 and later) reports exit code 143 here although nothing ran. Whether Fargate does so is not
    // documented, so the local service reports no exit code.
    const reason = `CannotStartContainerError: container '${failed.containerName}' did not reach ${failed.condition}`;
    return [{ type: 'abandon', container: container.name, reason }];
  }
  return states.every(({ state }) => state === 'met') ? [{ type: 'start', container: container.name }] : [];
}

function stateOf({ containerName, condition }: Dependency, view: TaskView): 'met' | 'waiting' | 'never' {
  const target = view.containers.get(containerName);
  if (!target) return 'never';
  const stopped = target.phase === 'STOPPED';
  // A container that stopped immediately was started too (ECS agent, START condition).
  if (condition === 'START') return stopped || target.phase === 'RUNNING' ? 'met' : 'waiting';
  if (!stopped) return 'waiting';
  if (target.exitCode === undefined) return 'never';
  return condition === 'COMPLETE' || target.exitCode === 0 ? 'met' : 'never';
}

/** Stops containers in the reverse order of `dependsOn`: a container stops after those that depend on it. */
function stopActions(containers: readonly OrderedContainer[], view: TaskView): Action[] {
  if (containers.every((container) => phase(view, container) === 'STOPPED')) return [{ type: 'finish' }];
  return containers.flatMap((container): Action[] => {
    if (phase(view, container) === 'PENDING') return [{ type: 'abandon', container: container.name }];
    if (phase(view, container) !== 'RUNNING' || view.containers.get(container.name)?.terminating) return [];
    const needed = containers.some(
      (other) =>
        ['STARTING', 'RUNNING'].includes(phase(view, other)) &&
        other.dependsOn.some((dependency) => dependency.containerName === container.name),
    );
    return needed ? [] : [{ type: 'terminate', container: container.name }];
  });
}

function phase(view: TaskView, container: OrderedContainer): Phase {
  return view.containers.get(container.name)?.phase ?? 'PENDING';
}

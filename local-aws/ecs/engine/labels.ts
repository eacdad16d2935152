/** Label with the identity of the stack that owns the container. */
export const STACK_LABEL = 'local-ecs.stack';
const TASK_LABEL = 'local-ecs.task';
export const CONTAINER_LABEL = 'local-ecs.container';

/** Name of the container that holds the network of a task. No container of a definition has a dot in its name. */
export const NETWORK_CONTAINER = 'task.network';

export const labelsOf = (stack: string, taskId: string, container: string): Record<string, string> => ({
  [STACK_LABEL]: stack,
  [TASK_LABEL]: taskId,
  [CONTAINER_LABEL]: container,
});

/** Label with the identity of the stack that owns the container. */
export const STACK_LABEL = 'local-ecs.stack';
const TASK_LABEL = 'local-ecs.task';
const CONTAINER_LABEL = 'local-ecs.container';

export const labelsOf = (stack: string, taskId: string, container: string): Record<string, string> => ({
  [STACK_LABEL]: stack,
  [TASK_LABEL]: taskId,
  [CONTAINER_LABEL]: container,
});

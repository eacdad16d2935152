import { removalOf } from './holders.ts';
import type { LiveStack } from './stack.ts';
import type { Survey } from './survey.ts';

/** @throws Error with what to do if a stage cannot be deleted now; nothing was deleted then */
export function checkDeletable(
  stage: string,
  { stack, foreignTasks, holders }: Pick<Survey, 'stack' | 'foreignTasks' | 'holders'>,
): void {
  if (stack) checkStack(stage, stack);
  // ECS does not delete a cluster with tasks, and the stack would be left half deleted.
  if (stack && foreignTasks.length > 0) {
    throw new Error(
      `cluster flowserv-${stage} has tasks that do not belong to flowServ; wait until they end or stop them by ` +
        `\`aws ecs stop-task --cluster flowserv-${stage} --task ARN\`, and run this again:\n${foreignTasks.join('\n')}`,
    );
  }
  if (holders.length > 0) {
    throw new Error(
      `IAM does not delete an attached policy; detach the operator's policy first, and run this again:\n${holders.map(removalOf).join('\n')}`,
    );
  }
}

function checkStack(stage: string, stack: LiveStack): void {
  if (!stack.isOwn) {
    throw new Error(`stack flowserv-${stage} does not belong to flowServ: it has no output FlowservTable`);
  }
  if (stack.protected) {
    throw new Error(
      `stage ${stage} is protected: set protected: false in stages.ts, deploy it, and run this again`,
    );
  }
  if (stack.status.endsWith('_IN_PROGRESS') && stack.status !== 'DELETE_IN_PROGRESS') {
    throw new Error(`the stack is being changed (${stack.status}); run this again when that ends`);
  }
}

import { removalOf } from './holders.ts';
import type { LiveStack } from './stack.ts';
import type { Survey } from './survey.ts';

/** @throws Error for a stage that cannot be deleted now, with what to do; nothing has been deleted then */
export function checkDeletable(
  stage: string,
  { stack, foreignTasks, holders }: Pick<Survey, 'stack' | 'foreignTasks' | 'holders'>,
): void {
  if (stack) checkStack(stage, stack);
  // ECS deletes no cluster with tasks in it, and the stack would be left half deleted.
  if (stack && foreignTasks.length > 0) {
    throw new Error(
      `cluster flowserv-${stage} has tasks that are none of flowServ's; wait for their ends or stop them by ` +
        `\`aws ecs stop-task --cluster flowserv-${stage} --task ARN\`, and run this again:\n${foreignTasks.join('\n')}`,
    );
  }
  if (holders.length > 0) {
    throw new Error(
      `IAM deletes no policy that somebody has; take the operator's policy away first, and run this again:\n${holders.map(removalOf).join('\n')}`,
    );
  }
}

function checkStack(stage: string, stack: LiveStack): void {
  if (!stack.isOwn) {
    throw new Error(`stack flowserv-${stage} is none of flowServ's: it has no output FlowservTable`);
  }
  if (stack.protected) {
    throw new Error(
      `stage ${stage} is protected: set protected: false in stages.ts, deploy it, and run this again`,
    );
  }
  if (stack.status.endsWith('_IN_PROGRESS') && stack.status !== 'DELETE_IN_PROGRESS') {
    throw new Error(`the stack is being changed (${stack.status}); run this again when that has ended`);
  }
}

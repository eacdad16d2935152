import { fine, hurts, informs, stops, type Verdict } from '../finding.ts';

/** CloudFormation's state of a stack. */
export interface StackState {
  readonly status: string;
  readonly reason?: string | undefined;
  readonly protected: boolean;
  /** Whether it is the stage's: another product may have a stack of the same name. */
  readonly isOwn: boolean;
}

/** Included, so that a copied command cannot act on another region. */
export interface AccountRegion {
  readonly account: string;
  readonly region: string;
}

/**
 * Whether a stack in this state can be deployed (CloudFormation, "Stack status codes"). The behaviour of `cdk deploy`
 * is that of aws-cdk 2.1148: it deletes a stack whose first deployment was rolled back.
 */
export function judgeStack(name: string, state: StackState | undefined, { region }: AccountRegion): Verdict {
  if (!state || state.status === 'REVIEW_IN_PROGRESS') return fine('not deployed yet');
  // In any state: deploying or deleting it would remove all its resources.
  if (!state.isOwn) {
    return stops(
      `Stack ${name} does not belong to flowServ, and a deployment would replace everything in it: choose another name for the stage.`,
    );
  }
  const { status } = state;
  const aws = (command: string) => `aws cloudformation ${command} --stack-name ${name} --region ${region}`;
  const events = `${aws('describe-stack-events')} --query "StackEvents[?contains(ResourceStatus, 'FAILED')].[LogicalResourceId, ResourceStatusReason]" --output text`;
  const unprotect = state.protected
    ? [aws('update-termination-protection --no-enable-termination-protection')]
    : [];
  if (status.endsWith('_IN_PROGRESS')) {
    return stops(`The stack is being changed (${status}). Wait until that ends.`, events);
  }
  switch (status) {
    case 'ROLLBACK_COMPLETE':
      return state.protected
        ? stops(
            'The first deployment failed, and the stack is protected, so it cannot be deleted and created again.',
            events,
            ...unprotect,
            aws('delete-stack'),
          )
        : informs('The first deployment failed. `cdk deploy` deletes the rest of it first.', events);
    case 'ROLLBACK_FAILED':
    case 'CREATE_FAILED':
    case 'DELETE_FAILED':
      return stops(
        `The stack is stuck (${status}${reasonOf(state)}). Delete the rest of it.`,
        events,
        ...unprotect,
        aws('delete-stack'),
      );
    case 'UPDATE_ROLLBACK_FAILED':
    case 'UPDATE_FAILED':
      return stops(
        `The last deployment failed and could not be rolled back (${status}${reasonOf(state)}).`,
        events,
        `npx cdk rollback ${name} -c stage=${name.replace(/^flowserv-/, '')}`,
      );
    case 'UPDATE_ROLLBACK_COMPLETE':
      return hurts('The last deployment failed and was rolled back: the one before it is running.', events);
    default:
      return fine(`deployed (${status})`);
  }
}

const reasonOf = ({ reason }: StackState) => (reason ? `: ${reason}` : '');

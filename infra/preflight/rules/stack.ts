import { fine, hurts, informs, stops, type Verdict } from '../finding.ts';

/** What CloudFormation says of a stack. */
export interface StackState {
  readonly status: string;
  readonly reason?: string | undefined;
  readonly protected: boolean;
  /** Whether it is the stage's: others may have a stack of such a name. */
  readonly isOwn: boolean;
}

/** In the region, so that a copied command cannot act on another one. */
export interface AccountRegion {
  readonly account: string;
  readonly region: string;
}

/**
 * Whether a stack in this state can be deployed (CloudFormation, "Stack status codes"). What `cdk deploy` does by itself
 * is that of aws-cdk 2.1148: it deletes a stack whose first deployment was rolled back.
 */
export function judgeStack(name: string, state: StackState | undefined, { region }: AccountRegion): Verdict {
  if (!state || state.status === 'REVIEW_IN_PROGRESS') return fine('not deployed yet');
  // Whatever its state: to deploy or delete it would take away all that is in it.
  if (!state.isOwn) {
    return stops(
      `Stack ${name} is none of flowServ's, and a deployment would replace everything in it: choose another name for the stage.`,
    );
  }
  const { status } = state;
  const aws = (command: string) => `aws cloudformation ${command} --stack-name ${name} --region ${region}`;
  const events = `${aws('describe-stack-events')} --query "StackEvents[?contains(ResourceStatus, 'FAILED')].[LogicalResourceId, ResourceStatusReason]" --output text`;
  const unprotect = state.protected
    ? [aws('update-termination-protection --no-enable-termination-protection')]
    : [];
  if (status.endsWith('_IN_PROGRESS')) {
    return stops(`The stack is being changed (${status}). Wait until that has ended.`, events);
  }
  switch (status) {
    case 'ROLLBACK_COMPLETE':
      return state.protected
        ? stops(
            'The first deployment failed, and the stack is protected, so that it cannot be deleted and made anew.',
            events,
            ...unprotect,
            aws('delete-stack'),
          )
        : informs('The first deployment failed. `cdk deploy` deletes what is left of it first.', events);
    case 'ROLLBACK_FAILED':
    case 'CREATE_FAILED':
    case 'DELETE_FAILED':
      return stops(
        `The stack is stuck (${status}${reasonOf(state)}). Delete what is left of it.`,
        events,
        ...unprotect,
        aws('delete-stack'),
      );
    case 'UPDATE_ROLLBACK_FAILED':
    case 'UPDATE_FAILED':
      return stops(
        `The last deployment failed and could not be taken back (${status}${reasonOf(state)}).`,
        events,
        `npx cdk rollback ${name} -c stage=${name.replace(/^flowserv-/, '')}`,
      );
    case 'UPDATE_ROLLBACK_COMPLETE':
      return hurts('The last deployment failed and was taken back: the one before it is running.', events);
    default:
      return fine(`deployed (${status})`);
  }
}

const reasonOf = ({ reason }: StackState) => (reason ? `: ${reason}` : '');

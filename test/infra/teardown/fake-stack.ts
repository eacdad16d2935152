import { type Answers, queryError, queryResponse } from '../preflight/fake-account.ts';

/** Settings of a simulated stack of CloudFormation. */
export interface FakeStack {
  readonly name: string;
  readonly buckets: readonly string[];
  readonly table: string;
  readonly isProtected?: boolean;
  /** As for stages other than production. */
  readonly losesTable?: boolean;
  /** Of another product. */
  readonly isForeign?: boolean;
  /** Fails the first deletion. */
  readonly failsOnce?: boolean;
  /** ARN of the operator's policy. */
  readonly policy?: string;
}

const TIME = '2026-11-01T00:00:00Z';

/** CloudFormation with one stack: a deletion takes three requests, and keeps the buckets. */
export function stackService(stack: FakeStack): { readonly answers: Answers; readonly status: () => string } {
  const { name, buckets, table, isProtected = false, losesTable = false, isForeign = false } = stack;
  const id = `arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/0a1b`;
  let status = 'CREATE_COMPLETE';
  let polls = 0;
  let fails = stack.failsOnce === true;
  const summary = () =>
    `<member><StackName>${name}</StackName><StackId>${id}</StackId><CreationTime>${TIME}</CreationTime><DeletionTime>${TIME}</DeletionTime><StackStatus>${status}</StackStatus><EnableTerminationProtection>${isProtected}</EnableTerminationProtection></member>`;
  const resource = (type: string, physicalId: string, kept: boolean) => {
    const deleted = kept ? 'DELETE_SKIPPED' : 'DELETE_COMPLETE';
    const state = status === 'DELETE_COMPLETE' ? deleted : 'CREATE_COMPLETE';
    const failed = status === 'DELETE_FAILED' && type === 'AWS::EC2::Subnet';
    return `<member><LogicalResourceId>${physicalId}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId><ResourceType>${type}</ResourceType><LastUpdatedTimestamp>${TIME}</LastUpdatedTimestamp><ResourceStatus>${failed ? 'DELETE_FAILED' : state}</ResourceStatus>${failed ? '<ResourceStatusReason>has dependencies</ResourceStatusReason>' : ''}</member>`;
  };
  const advance = () => {
    if (status === 'DELETE_IN_PROGRESS' && ++polls >= 3) {
      status = fails ? 'DELETE_FAILED' : 'DELETE_COMPLETE';
      fails = false;
    }
  };
  return {
    status: () => status,
    answers: {
      DescribeStacks({ StackName }) {
        advance();
        const known = StackName === id || (StackName === name && status !== 'DELETE_COMPLETE');
        return known
          ? queryResponse('DescribeStacks', `<Stacks>${summary()}</Stacks>`)
          : queryError(400, 'ValidationError', `Stack with id ${StackName} does not exist`);
      },
      GetTemplate: queryResponse(
        'GetTemplate',
        `<TemplateBody>${JSON.stringify({ Resources: { Table: { Type: 'AWS::DynamoDB::GlobalTable', DeletionPolicy: losesTable ? 'Delete' : 'RetainExceptOnCreate' } }, Outputs: isForeign ? {} : { FlowservTable: { Value: { Ref: 'Table' } } } })}</TemplateBody>`,
      ),
      ListStacks: () =>
        queryResponse(
          'ListStacks',
          `<StackSummaries>${status === 'DELETE_COMPLETE' ? summary() : ''}</StackSummaries>`,
        ),
      ListStackResources: () =>
        queryResponse(
          'ListStackResources',
          `<StackResourceSummaries>${[
            ...buckets.map((bucket) => resource('AWS::S3::Bucket', bucket, true)),
            resource('AWS::DynamoDB::GlobalTable', table, !losesTable),
            resource('AWS::EC2::Subnet', 'subnet-1', false),
            stack.policy === undefined ? '' : resource('AWS::IAM::ManagedPolicy', stack.policy, false),
          ].join('')}</StackResourceSummaries>`,
        ),
      DeleteStack() {
        status = 'DELETE_IN_PROGRESS';
        polls = 0;
        return queryResponse('DeleteStack', '');
      },
    },
  };
}

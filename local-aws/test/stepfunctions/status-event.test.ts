import { StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { createStepFunctions } from '../../stepfunctions/stepfunctions.ts';
import {
  ACCOUNT,
  createStateMachine,
  integrationsOf,
  REGION,
  ROLE,
  runOnce,
  startService,
  temporaryFolder,
} from './running-service.ts';

const SUCCEED = { StartAt: 'End', States: { End: { Type: 'Succeed', Output: { b: 2 } } } };

describe('status change events', () => {
  it("report the start and the success in EventBridge's format", async () => {
    const service = await startService();

    const { executionArn, stateMachineArn, name, startDate, stopDate } = await runOnce(service, SUCCEED, {
      a: 1,
    });

    const [started, ended] = service.events;
    expect(service.events).toHaveLength(2);
    expect(started).toMatchObject({
      detail: { status: 'RUNNING', stopDate: null, output: null, outputDetails: null },
    });
    expect(ended).toMatchObject({
      version: '0',
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: '000000000000',
      region: 'us-east-1',
      resources: [executionArn],
      detail: {
        executionArn,
        stateMachineArn,
        name,
        status: 'SUCCEEDED',
        startDate: startDate?.getTime(),
        stopDate: stopDate?.getTime(),
        input: '{"a":1}',
        inputDetails: { included: true },
        output: '{"b":2}',
        outputDetails: { included: true },
        error: null,
        cause: null,
      },
    });
    expect(ended?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(ended?.id).not.toBe(started?.id);
  });

  it('contain error and cause of a failure and of a stop, but none for a timeout', async () => {
    const service = await startService();
    const waiting = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 600, End: true } } };

    await runOnce(service, { StartAt: 'Stop', States: { Stop: { Type: 'Fail', Error: 'E', Cause: 'C' } } });
    await runOnce(service, { ...waiting, TimeoutSeconds: 1 });
    const stateMachineArn = await createStateMachine(service.client, waiting);
    const { executionArn } = await service.client.send(new StartExecutionCommand({ stateMachineArn }));
    await service.client.send(new StopExecutionCommand({ executionArn, error: 'Cancelled' }));

    const ends = service.events.filter(({ detail }) => detail.status !== 'RUNNING');
    expect(ends.map(({ detail: { status, error, cause } }) => ({ status, error, cause }))).toEqual([
      { status: 'FAILED', error: 'E', cause: 'C' },
      { status: 'TIMED_OUT', error: null, cause: null },
      { status: 'ABORTED', error: 'Cancelled', cause: null },
    ]);
  });

  it('omit an input above 248 KiB', async () => {
    const service = await startService();

    await runOnce(service, SUCCEED, 'x'.repeat(249 * 1024));

    expect(service.events[0]?.detail).toMatchObject({ input: null, inputDetails: { included: false } });
  });

  it('do not affect the execution when the receiver fails', async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<string>();
    const stepFunctions = createStepFunctions({
      dataDir: await temporaryFolder(),
      region: REGION,
      accountId: ACCOUNT,
      integrations: integrationsOf({}),
      emit: ({ detail }) => {
        if (detail.status !== 'RUNNING') end(detail.status);
        throw new Error('receiver is down');
      },
    });
    const call = { accessKeyId: 'x', signal: new AbortController().signal };
    const { CreateStateMachine, StartExecution } = stepFunctions.service.operations;
    CreateStateMachine?.(
      { name: 'm', roleArn: ROLE, definition: JSON.stringify({ QueryLanguage: 'JSONata', ...SUCCEED }) },
      call,
    );

    StartExecution?.({ stateMachineArn: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:m` }, call);

    expect(await ended).toBe('SUCCEEDED');
    await stepFunctions.close();
  });
});

import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { createStateMachine, gate, lambda, runOnce, startService, typesOf } from './running-service.ts';

const SUCCEED = { StartAt: 'End', States: { End: { Type: 'Succeed' } } };
const WAIT = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 600, End: true } } };

describe('executions', () => {
  it('describe an execution from its start to its end', async () => {
    const { promise: finished, resolve: finish } = gate();
    const service = await startService({ invokeFunction: async () => finished.then(() => ({ done: true })) });
    const stateMachineArn = await createStateMachine(service.client, {
      StartAt: 'Ask',
      States: { Ask: lambda({ End: true }) },
    });

    const started = await service.client.send(
      new StartExecutionCommand({ stateMachineArn, name: 'run-1', input: '{"runId":"1"}' }),
    );
    const running = await service.client.send(
      new DescribeExecutionCommand({ executionArn: started.executionArn }),
    );
    finish();
    const ended = await service.finished(started.executionArn);

    expect(started.executionArn).toBe(`${stateMachineArn.replace(':stateMachine:', ':execution:')}:run-1`);
    expect(running).toMatchObject({
      status: 'RUNNING',
      name: 'run-1',
      stateMachineArn,
      input: '{"runId":"1"}',
      startDate: started.startDate,
    });
    expect(running.stopDate).toBeUndefined();
    expect(running.output).toBeUndefined();
    expect(ended).toMatchObject({
      status: 'SUCCEEDED',
      inputDetails: { included: true },
      outputDetails: { included: true },
    });
    expect(JSON.parse(ended.output ?? '')).toMatchObject({ Payload: { done: true }, StatusCode: 200 });
    expect(ended.stopDate).toBeInstanceOf(Date);
  });

  it('get a generated name when none is given', async () => {
    const service = await startService();
    const stateMachineArn = await createStateMachine(service.client, SUCCEED);

    const [first, second] = await Promise.all(
      [1, 2].map(() => service.client.send(new StartExecutionCommand({ stateMachineArn }))),
    );

    expect(first?.executionArn).not.toBe(second?.executionArn);
  });

  it('are started only once with the same name and input while they run', async () => {
    const service = await startService();
    const stateMachineArn = await createStateMachine(service.client, WAIT);
    const start = (input: string) =>
      service.client.send(new StartExecutionCommand({ stateMachineArn, name: 'run', input }));

    const [first, second] = await Promise.all([start('{"runId":"1"}'), start('{"runId":"1"}')]);

    expect(second).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
    await expect(start('{"runId":"2"}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    expect(service.events).toHaveLength(1);
  });

  it('cannot use the name of a closed execution, also with the same input', async () => {
    const service = await startService();
    const stateMachineArn = await createStateMachine(service.client, SUCCEED);
    const start = () =>
      service.client.send(new StartExecutionCommand({ stateMachineArn, name: 'run', input: '{}' }));
    await service.finished((await start()).executionArn);

    await expect(start()).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it.each([
    [
      'StateMachineDoesNotExist',
      { stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:none' },
    ],
    ['InvalidArn', { stateMachineArn: 'machine' }],
    ['InvalidName', { name: 'a b' }],
    ['InvalidExecutionInput', { input: '{' }],
    ['ValidationException', { input: JSON.stringify('x'.repeat(256 * 1024)) }],
  ])('are not started, with the error %s', async (name, fields) => {
    const service = await startService();
    const stateMachineArn = await createStateMachine(service.client, SUCCEED);

    await expect(
      service.client.send(new StartExecutionCommand({ stateMachineArn, ...fields })),
    ).rejects.toMatchObject({ name });
  });

  it('accept an input of exactly 256 KiB', async () => {
    const service = await startService();
    const stateMachineArn = await createStateMachine(service.client, SUCCEED);
    const input = JSON.stringify('x'.repeat(256 * 1024 - 2));

    const { executionArn } = await service.client.send(new StartExecutionCommand({ stateMachineArn, input }));

    expect((await service.finished(executionArn)).output).toBe(input);
  });

  it('are listed, the most recent first, by status and in pages', async () => {
    const service = await startService();
    const stateMachineArn = await createStateMachine(service.client, {
      StartAt: 'Which',
      States: {
        Which: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $states.input.wait %}', Next: 'Wait' }],
          Default: 'End',
        },
        Wait: { Type: 'Wait', Seconds: 600, Next: 'End' },
        End: { Type: 'Succeed' },
      },
    });
    for (const name of ['a', 'b', 'c']) {
      const { executionArn } = await service.client.send(
        new StartExecutionCommand({ stateMachineArn, name, input: '{"wait":false}' }),
      );
      await service.finished(executionArn);
    }
    await service.client.send(
      new StartExecutionCommand({ stateMachineArn, name: 'd', input: '{"wait":true}' }),
    );
    const list = (fields: object) =>
      service.client.send(new ListExecutionsCommand({ stateMachineArn, ...fields }));

    const all = await list({});
    const first = await list({ statusFilter: 'SUCCEEDED', maxResults: 2 });
    const second = await list({ statusFilter: 'SUCCEEDED', maxResults: 2, nextToken: first.nextToken });
    const running = await list({ statusFilter: 'RUNNING' });

    expect(new Set(all.executions?.map(({ name }) => name))).toEqual(new Set(['a', 'b', 'c', 'd']));
    expect([...(first.executions ?? []), ...(second.executions ?? [])].map(({ name }) => name)).toEqual([
      'c',
      'b',
      'a',
    ]);
    expect(second.nextToken).toBeUndefined();
    expect(running.executions).toMatchObject([{ name: 'd', status: 'RUNNING', stateMachineArn }]);
    await expect(list({ nextToken: first.nextToken?.slice(1) })).rejects.toMatchObject({
      name: 'InvalidToken',
    });
    await expect(list({ redriveFilter: 'REDRIVEN' })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('have a history that is returned forwards, backwards, in pages and without data', async () => {
    const service = await startService();
    const { executionArn } = await runOnce(service, SUCCEED, { a: 1 });
    const read = (fields: object) =>
      service.client.send(new GetExecutionHistoryCommand({ executionArn, ...fields }));

    const first = await read({ maxResults: 3 });
    const second = await read({ maxResults: 3, nextToken: first.nextToken });
    const backwards = await read({ reverseOrder: true });
    const bare = await read({ includeExecutionData: false });

    expect(typesOf([...(first.events ?? []), ...(second.events ?? [])])).toEqual([
      'ExecutionStarted',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
    expect(second.nextToken).toBeUndefined();
    expect(backwards.events?.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
    expect(first.events?.[0]?.executionStartedEventDetails?.input).toBe('{"a":1}');
    expect(bare.events?.[0]?.executionStartedEventDetails).toEqual({
      roleArn: 'arn:aws:iam::000000000000:role/machines',
      inputDetails: { truncated: false },
    });
  });

  it('have different errors for unknown executions and malformed ARNs', async () => {
    const service = await startService();
    const unknown = 'arn:aws:states:us-east-1:000000000000:execution:machine:none';

    await expect(
      service.client.send(new DescribeExecutionCommand({ executionArn: unknown })),
    ).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    await expect(
      service.client.send(new StopExecutionCommand({ executionArn: unknown })),
    ).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    await expect(
      service.client.send(new GetExecutionHistoryCommand({ executionArn: 'x' })),
    ).rejects.toMatchObject({ name: 'InvalidArn' });
  });
});

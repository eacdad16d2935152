import {
  CreateStateMachineCommand,
  type CreateStateMachineCommandInput,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import {
  createStateMachine,
  gate,
  historyOf,
  lambda,
  ROLE,
  type RunningService,
  startService,
  typesOf,
} from './running-service.ts';

const definition = (output: object = {}) =>
  JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'End',
    States: { End: { Type: 'Succeed', Output: output } },
  });

const create = ({ client }: RunningService, fields: Partial<CreateStateMachineCommandInput> = {}) =>
  client.send(
    new CreateStateMachineCommand({ name: 'machine', definition: definition(), roleArn: ROLE, ...fields }),
  );

describe('state machines', () => {
  it('are created and described', async () => {
    const service = await startService();

    const created = await create(service);
    const described = await service.client.send(
      new DescribeStateMachineCommand({ stateMachineArn: created.stateMachineArn }),
    );

    expect(created.stateMachineArn).toBe('arn:aws:states:us-east-1:000000000000:stateMachine:machine');
    expect(described).toMatchObject({
      name: 'machine',
      status: 'ACTIVE',
      type: 'STANDARD',
      roleArn: ROLE,
      definition: definition(),
    });
    expect(described.creationDate).toEqual(created.creationDate);
    expect(described.loggingConfiguration).toEqual({ level: 'OFF', includeExecutionData: false });
  });

  it('are returned by a repeated creation, and keep the first role', async () => {
    const service = await startService();

    const first = await create(service);
    const second = await create(service, { roleArn: `${ROLE}-other` });
    const described = await service.client.send(
      new DescribeStateMachineCommand({ stateMachineArn: first.stateMachineArn }),
    );

    expect(second).toMatchObject({
      stateMachineArn: first.stateMachineArn,
      creationDate: first.creationDate,
    });
    expect(described.roleArn).toBe(ROLE);
  });

  it.each<[string, Partial<CreateStateMachineCommandInput>]>([
    ['definition', { definition: definition({ other: 1 }) }],
    ['logging', { loggingConfiguration: { level: 'ERROR' } }],
    ['tracing', { tracingConfiguration: { enabled: true } }],
  ])('cannot use the name of an existing one with another %s', async (_what, fields) => {
    const service = await startService();
    await create(service);

    await expect(create(service, fields)).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' });
  });

  it.each([
    ['InvalidName', { name: 'with space' }],
    ['InvalidName', { name: 'x'.repeat(81) }],
    ['InvalidName', { name: 'a/b' }],
    ['StateMachineTypeNotSupported', { type: 'EXPRESS' as const }],
    ['ValidationException', { roleArn: 'not an ARN' }],
    ['ValidationException', { publish: true }],
    ['InvalidDefinition', { definition: '{' }],
  ])('are not created, with the error %s, for %o', async (name, fields) => {
    const service = await startService();

    await expect(create(service, fields)).rejects.toMatchObject({ name });
  });

  it('cannot have a definition of more than 1 MB', async () => {
    const service = await startService();
    const long = definition({ text: 'x'.repeat(1024 * 1024) });

    await expect(create(service, { definition: long })).rejects.toMatchObject({ name: 'InvalidDefinition' });
  });

  it('reject requests with another key', async () => {
    const service = await startService();
    const stranger = { accessKeyId: 'AKIDOTHER', secretAccessKey: 'guess' };
    service.client.config.credentials = Object.assign(async () => stranger, {});

    await expect(service.client.send(new ListStateMachinesCommand({}))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('are listed in pages', async () => {
    const service = await startService();
    for (const name of ['c', 'a', 'b']) await create(service, { name });

    const first = await service.client.send(new ListStateMachinesCommand({ maxResults: 2 }));
    const second = await service.client.send(
      new ListStateMachinesCommand({ maxResults: 2, nextToken: first.nextToken }),
    );

    expect(first.stateMachines?.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(second.stateMachines?.map(({ name }) => name)).toEqual(['c']);
    expect(second.nextToken).toBeUndefined();
    await expect(
      service.client.send(new ListStateMachinesCommand({ nextToken: 'bm90IGpzb24' })),
    ).rejects.toMatchObject({
      name: 'InvalidToken',
    });
  });

  it('have different errors for unknown state machines and malformed ARNs', async () => {
    const service = await startService();
    const describeArn = (stateMachineArn: string) =>
      service.client.send(new DescribeStateMachineCommand({ stateMachineArn }));

    await expect(
      describeArn('arn:aws:states:us-east-1:000000000000:stateMachine:none'),
    ).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
    await expect(describeArn('arn:aws:states:us-east-1:000000000000:execution:a:b')).rejects.toMatchObject({
      name: 'InvalidArn',
    });
  });

  it('are deleted immediately without running executions, and silently when unknown', async () => {
    const service = await startService();
    const { stateMachineArn } = await create(service);

    await service.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
    await service.client.send(new DeleteStateMachineCommand({ stateMachineArn }));

    await expect(
      service.client.send(new DescribeStateMachineCommand({ stateMachineArn })),
    ).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
    expect(await create(service, { definition: definition({ other: 1 }) })).toMatchObject({
      stateMachineArn,
    });
  });

  it('end their running executions at the next change of state when deleted', async () => {
    const { promise: finished, resolve: finish } = gate();
    const { promise: called, resolve: call } = gate();
    const service = await startService({
      invokeFunction: async () => {
        call();
        await finished;
        return {};
      },
    });
    const stateMachineArn = await createStateMachine(service.client, {
      StartAt: 'Ask',
      States: { Ask: lambda({ Next: 'End' }), End: { Type: 'Succeed' } },
    });
    const { executionArn } = await service.client.send(
      new StartExecutionCommand({ stateMachineArn, name: 'run' }),
    );
    await called;

    await service.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
    const deleting = await service.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const running = await service.client.send(new DescribeExecutionCommand({ executionArn }));
    const events = await historyOf(service.client, executionArn);
    await expect(service.client.send(new StartExecutionCommand({ stateMachineArn }))).rejects.toMatchObject({
      name: 'StateMachineDeleting',
    });
    finish();
    await expect(service.finished(executionArn)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });

    expect(deleting.status).toBe('DELETING');
    expect(running.status).toBe('RUNNING');
    expect(typesOf(events).at(-1)).toBe('TaskStarted');
    expect(service.events.at(-1)?.detail.status).toBe('ABORTED');
  });

  it('are validated without being created', async () => {
    const service = await startService();
    const validate = (text: string) =>
      service.client.send(new ValidateStateMachineDefinitionCommand({ definition: text }));

    const good = await validate(definition());
    const bad = await validate(
      JSON.stringify({
        QueryLanguage: 'JSONata',
        StartAt: 'End',
        States: { End: { Type: 'Succeed', Extra: 1 } },
      }),
    );

    expect(good).toMatchObject({ result: 'OK', diagnostics: [] });
    expect(bad.result).toBe('FAIL');
    expect(bad.diagnostics?.[0]).toMatchObject({ severity: 'ERROR', location: '/States/End/Extra' });
  });
});

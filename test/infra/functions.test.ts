import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { functionNames, functions } from '../../infra/functions.ts';
import { queueFeeds, queueNames } from '../../infra/queues.ts';
import { stepVariables } from '../../shared/step-settings.ts';
import { resourcesOf, templateOf } from './synthesised.ts';

const template = templateOf('test', { logDays: 14 });

describe('functions', () => {
  it('are the fourteen of the product, with the figures of the local stack, and one for the teardown', () => {
    const made = resourcesOf(template, 'AWS::Lambda::Function').map(({ Properties }) => [
      Properties.FunctionName,
      Properties.Timeout,
      Properties.MemorySize,
    ]);
    const wanted = functionNames.map((name) => [
      `flowserv-test-${name}`,
      functions[name].timeoutSeconds,
      functions[name].memoryMb,
    ]);
    expect(wanted).toHaveLength(14);
    expect(made.toSorted()).toEqual([...wanted, ['flowserv-test-teardown', 900, 512]].toSorted());
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
    });
  });

  it('write to their own log groups, which expire', () => {
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup').map(({ Properties }) => Properties);
    for (const { RetentionInDays } of groups) expect(RetentionInDays).toBe(14);
    const names = groups.map(({ LogGroupName }) => LogGroupName);
    expect(names.toSorted()).toEqual([
      '/aws/vendedlogs/flowserv/test/requests',
      ...[...functionNames, 'teardown'].map((name) => `/flowserv/test/functions/${name}`).sort(),
      '/flowserv/test/network',
      '/flowserv/test/staging',
    ]);
    template.allResourcesProperties('AWS::Lambda::Function', {
      LoggingConfig: { LogGroup: Match.anyValue() },
    });
  });

  it('have reserved instances only if the stage sets them', () => {
    const reserved = (settings: object) =>
      resourcesOf(templateOf('test', settings), 'AWS::Lambda::Function').flatMap(({ Properties }) =>
        Properties.ReservedConcurrentExecutions === undefined
          ? []
          : [[Properties.FunctionName, Properties.ReservedConcurrentExecutions]],
      );
    expect(reserved({})).toEqual([]);
    expect(reserved({ reservedConcurrency: { auth: 5, broker: 20 } })).toEqual([
      ['flowserv-test-auth', 5],
      ['flowserv-test-broker', 20],
    ]);
  });

  it('are rejected with more variables than Lambda allows, with the name of the setting to shorten', () => {
    const origins = (count: number) => ({
      allowedOrigins: Array.from({ length: count }, (_, i) => `https://${i}.bench.example.org`),
    });
    expect(() => templateOf('sixteenlettersab', origins(50))).not.toThrow();
    expect(() => templateOf('sixteenlettersab', origins(200))).toThrow(
      /variables of function 'api' may take \d+ .* 4096: .* makes FLOWSERV_ALLOWED_ORIGINS$/,
    );
  });

  it('have exactly the variables that they need', () => {
    const variables = Object.fromEntries(
      resourcesOf(template, 'AWS::Lambda::Function').map(({ Properties }) => [
        Properties.FunctionName,
        Object.keys(Object(Object(Properties.Environment).Variables)).sort(),
      ]),
    );
    const table = ['FLOWSERV_STAGE', 'FLOWSERV_TABLE'];
    const metrics = 'FLOWSERV_METRICS';
    const buckets = ['FLOWSERV_DATA_BUCKET', 'FLOWSERV_WORK_BUCKET'];
    const queues = ['FLOWSERV_BOARD_QUEUE_URL', 'FLOWSERV_DISPATCH_QUEUE_URL'];
    const api = [
      ...['PROTOCOL', 'HOST', 'PORT', 'PATH'].map((name) => `FLOWSERV_API_${name}`),
      'FLOWSERV_ALLOWED_ORIGINS',
      'FLOWSERV_MAX_WAITING',
      'FLOWSERV_READ_ACCESS',
      'ROB_WEBAPI_CONTENTLENGTH',
    ];
    const pythonSteps = ['FLOWSERV_CODE_IMAGE', 'FLOWSERV_NETWORK'];
    const quotas = [
      'ACTIVE_RUNS',
      'RUNS_PER_DAY',
      'VCPU_SECONDS_PER_DAY',
      'GROUPS',
      'BYTES',
      'STORED_BYTES_PER_DAY',
    ].map((name) => `FLOWSERV_QUOTA_${name}`);
    const used = Object.keys(stepVariables).filter((name) => !name.includes('_GPU_'));
    const sizes = ['FLOWSERV_ARCHITECTURE', 'FLOWSERV_CAPACITY', ...used];
    const notifyQueue = 'FLOWSERV_NOTIFY_QUEUE_URL';
    const address = ['PROTOCOL', 'HOST', 'PORT', 'PATH'].map((name) => `FLOWSERV_API_${name}`);
    expect(variables).toEqual({
      'flowserv-test-api': [
        ...table,
        ...buckets,
        'FLOWSERV_ARCHIVE_QUEUE_URL',
        'FLOWSERV_BOARD_QUEUE_URL',
        notifyQueue,
        'FLOWSERV_NOTIFICATION_MAIL',
        'FLOWSERV_INSTALL_QUEUE_URL',
        'FLOWSERV_PURGE_QUEUE_URL',
        'FLOWSERV_KEEP_DELETED_DAYS',
        'FLOWSERV_UPLOAD_LIMIT',
        'FLOWSERV_USER_LIST',
        ...api,
        ...quotas,
      ].sort(),
      'flowserv-test-auth': [
        ...table,
        ...api,
        'FLOWSERV_EDGE_KEY',
        'FLOWSERV_PASSWORD_RESET',
        'FLOWSERV_SIGNUP',
        'FLOWSERV_MAIL_QUEUE_URL',
        'FLOWSERV_PURGE_QUEUE_URL',
      ].sort(),
      'flowserv-test-runs': [
        ...table,
        ...buckets,
        ...queues,
        notifyQueue,
        'FLOWSERV_KEEP_DELETED_DAYS',
        'FLOWSERV_PURGE_QUEUE_URL',
        'FLOWSERV_REMOTE_QUEUE_URL',
        ...api,
        ...quotas,
        ...sizes,
        metrics,
        ...pythonSteps,
      ].sort(),
      'flowserv-test-broker': [...table, ...buckets].sort(),
      'flowserv-test-next-step': [
        ...table,
        ...buckets,
        'FLOWSERV_ARCHITECTURE',
        'FLOWSERV_BROKER_URL',
        'FLOWSERV_EXECUTION_ROLE_ARN',
        'FLOWSERV_SECURITY_GROUPS',
        'FLOWSERV_NETWORK',
        'FLOWSERV_STAGING_IMAGE',
        'FLOWSERV_STAGING_LOG_GROUP',
        'FLOWSERV_STAGING_PROGRAM',
        'FLOWSERV_SUBNETS',
        metrics,
      ].sort(),
      'flowserv-test-settle-run': [...table, ...buckets, ...queues, notifyQueue, metrics].sort(),
      'flowserv-test-dispatch': [
        ...table,
        'FLOWSERV_CAPACITY',
        'FLOWSERV_DISPATCH_QUEUE_URL',
        'FLOWSERV_REMOTE_QUEUE_URL',
        metrics,
      ].sort(),
      'flowserv-test-sweep': [
        ...table,
        ...buckets,
        ...queues,
        notifyQueue,
        'FLOWSERV_INSTALL_QUEUE_URL',
        'FLOWSERV_PURGE_QUEUE_URL',
        'FLOWSERV_REMOTE_QUEUE_URL',
        metrics,
      ].sort(),
      'flowserv-test-install': [
        ...table,
        ...buckets,
        'FLOWSERV_BOARD_QUEUE_URL',
        ...sizes,
        ...pythonSteps,
        'FLOWSERV_BROKER_URL',
        'FLOWSERV_EXECUTION_ROLE_ARN',
        'FLOWSERV_STAGING_IMAGE',
        'FLOWSERV_STAGING_LOG_GROUP',
        'FLOWSERV_STAGING_PROGRAM',
        ...['NEXT_FUNCTION', 'SETTLE_FUNCTION', 'TRANSFER_FUNCTION', 'MACHINE_ROLE', 'CLUSTER'].map(
          (name) => `FLOWSERV_${name}_ARN`,
        ),
      ].sort(),
      'flowserv-test-remote-runs': [...table, ...buckets, ...queues, notifyQueue, metrics].sort(),
      'flowserv-test-transfer': [...table, ...buckets].sort(),
      'flowserv-test-archive': [...table, ...buckets].sort(),
      'flowserv-test-notify': [...table, ...address, notifyQueue].sort(),
      'flowserv-test-leaderboard': [
        ...table,
        ...buckets,
        ...queues,
        notifyQueue,
        ...sizes,
        ...pythonSteps,
      ].sort(),
      'flowserv-test-teardown': table.toSorted(),
    });
  });
});

describe('queues and wake-up calls', () => {
  it('every queue has a dead-letter queue, encryption, and six times the timeout of its function', () => {
    for (const name of queueNames) {
      template.hasResourceProperties('AWS::SQS::Queue', {
        QueueName: `flowserv-test-${name}`,
        SqsManagedSseEnabled: true,
        VisibilityTimeout: 6 * functions[queueFeeds[name].function].timeoutSeconds,
        RedrivePolicy: Match.objectLike({ maxReceiveCount: queueFeeds[name].maxReceives }),
      });
      template.hasResourceProperties('AWS::SQS::Queue', {
        QueueName: `flowserv-test-${name}-dead`,
        SqsManagedSseEnabled: true,
      });
    }
    template.resourceCountIs('AWS::SQS::Queue', 2 * queueNames.length);
  });

  it('limits the concurrent batches of each function', () => {
    const feeds = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(({ Properties }) => ({
      batch: Properties.BatchSize,
      ...Object(Properties.ScalingConfig),
      reports: Properties.FunctionResponseTypes ?? [],
    }));
    const wanted = queueNames.map((name) => ({
      batch: queueFeeds[name].batchSize,
      MaximumConcurrency: queueFeeds[name].maxConcurrency,
      reports: queueFeeds[name].reportsFailures ? ['ReportBatchItemFailures'] : [],
    }));
    expect(feeds).toHaveLength(wanted.length);
    expect(feeds).toEqual(expect.arrayContaining(wanted));
  });

  it('settles the executions of this stage only', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [{ prefix: Match.objectLike({ 'Fn::Join': Match.anyValue() }) }],
          status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
    });
    expect(JSON.stringify(resourcesOf(template, 'AWS::Events::Rule'))).toContain(
      ':stateMachine:flowserv-test-"',
    );
  });

  it('calls dispatch and sweep each minute, once', () => {
    const rules = resourcesOf(template, 'AWS::Events::Rule').filter(
      ({ Properties }) => Properties.ScheduleExpression === 'rate(1 minute)',
    );
    expect(rules).toHaveLength(2);
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });
});

describe('alarms', () => {
  it('watch every dead-letter queue, every function and the responses of the gateway', () => {
    const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
    const metrics = alarms.map(({ MetricName }) => MetricName);
    expect(metrics.filter((name) => name === 'ApproximateNumberOfMessagesVisible')).toHaveLength(
      queueNames.length,
    );
    expect(metrics.filter((name) => name === 'Errors')).toHaveLength(functionNames.length);
    expect(metrics.filter((name) => name === '5xx')).toHaveLength(1);
    for (const { AlarmActions } of alarms) expect(AlarmActions).toHaveLength(1);
  });

  it('send mail if the stage has an address', () => {
    template.resourceCountIs('AWS::SNS::Subscription', 0);
    templateOf('test', { alarmEmail: 'ops@example.org' }).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.org',
    });
  });
});

import { randomBytes } from 'node:crypto';

const hex = (bytes: number) => randomBytes(bytes).toString('hex');

/**
 * A request event of API Gateway (API Gateway, "Create AWS Lambda proxy integrations for HTTP APIs", format 2.0).
 */
export function gatewayEvent(routeKey: string, method: string, rawPath: string, body?: object): object {
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: '',
    headers: { host: 'api.example.org', 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.1' },
    requestContext: {
      accountId: '123456789012',
      apiId: '0a1b2c3d4e',
      domainName: 'api.example.org',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: hex(8),
      routeKey,
      stage: '$default',
      time: '30/Nov/2026:12:00:00 +0000',
      timeEpoch: Date.now(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  };
}

/** A batch of one message (Lambda, "Using Lambda with Amazon SQS", "Example standard queue message event"). */
export const queueEvent = (queueArn: string, body: object): object => ({
  Records: [
    {
      messageId: hex(16),
      receiptHandle: hex(32),
      body: JSON.stringify(body),
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(Date.now()),
        SenderId: 'AIDAEXAMPLE',
        ApproximateFirstReceiveTimestamp: String(Date.now()),
      },
      messageAttributes: {},
      md5OfBody: hex(16),
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: 'us-east-1',
    },
  ],
});

/** A rule's event (EventBridge, "Schedule event"). */
export const scheduledEvent = (ruleArn: string): object => ({
  version: '0',
  id: hex(16),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '123456789012',
  time: new Date().toISOString(),
  region: 'us-east-1',
  resources: [ruleArn],
  detail: {},
});

/** The end of an execution (Step Functions, "Step Functions execution status change events"). */
export const statusEvent = (executionArn: string): object => ({
  ...scheduledEvent(executionArn),
  'detail-type': 'Step Functions Execution Status Change',
  source: 'aws.states',
  detail: { executionArn, status: 'ABORTED', name: executionArn.split(':').at(-1) },
});

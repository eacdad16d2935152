/** The local stand-ins for AWS services; the only module that may be imported from outside this package. */

export { type Credentials, createCredentialLookup } from './aws/credentials.ts';
export type { Interceptor } from './aws/interceptor.ts';
export { AwsError, startJsonServer } from './aws/json-protocol.ts';
export { startDynamoDb } from './dynamodb/server.ts';
export { createEcs } from './ecs/ecs.ts';
export { createProcessRunner } from './ecs/process-runner.ts';
export { parseTaskDefinition } from './ecs/task-definition.ts';
export { createEventBus } from './eventbridge/event-bus.ts';
export { createFaults } from './faults/faults.ts';
export { createRandom, type Random } from './faults/random.ts';
export { type FaultKind, type FaultSettings, faultKinds, parseFaults } from './faults/settings.ts';
export type { CorsConfiguration } from './gateway/cors.ts';
export { startGateway } from './gateway/gateway.ts';
export { isLoopback, type ServedHosts } from './hosts.ts';
export { createChildProcessFunctions } from './lambda/child-process.ts';
export type { FunctionHost, LambdaFunction } from './lambda/function-host.ts';
export { createInProcessFunctions } from './lambda/in-process.ts';
export type { RunningServer } from './listen.ts';
export type { S3Event } from './s3/handler.ts';
export { startS3 } from './s3/server.ts';
export { createScheduler } from './scheduler/scheduler.ts';
export { startSes } from './ses/ses.ts';
export { type QueuePoller, startQueuePoller } from './sqs/event-source.ts';
export { createQueues, type Queues } from './sqs/queues.ts';
export type { Integrations } from './stepfunctions/integrations.ts';
export { parseStateMachine } from './stepfunctions/parse-state-machine.ts';
export { createStepFunctions } from './stepfunctions/stepfunctions.ts';

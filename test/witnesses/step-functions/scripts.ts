import type { NextStepAnswer } from '../../../shared/engine/next-step-protocol.ts';
import { type Script, serviceError } from './scripted.ts';

/**
 * Responses of functions and tasks that local runs do not produce: errors of services, and unexpected responses.
 */

/**
 * The ticket identifies the script of a task: `scripted.ts` replaces the placeholder by the script's number.
 */
const run = (step: number, attempt = 1, timeoutSeconds = 3600): NextStepAnswer => ({
  action: 'run',
  ...{ step, attempt, timeoutSeconds },
  taskDefinition: `arn:aws:ecs:us-east-1:000000000000:task-definition/image:${step + 1}`,
  capacityProvider: 'FARGATE_SPOT',
  ...{ cpu: '1024', memory: '2048' },
  network: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'], assignPublicIp: 'ENABLED' },
  ticket: `#.${step}.${attempt}.it's "secret" \\ {% $answer %}`,
});
const done = { action: 'done' };
const wait = { action: 'wait', seconds: 1, step: 0, attempt: 2 };

const container = (Name: string, ExitCode?: number, more = {}) => ({
  ...{ Name, LastStatus: 'STOPPED', ...more },
  ...(ExitCode === undefined ? {} : { ExitCode }),
});
const task = (...Containers: readonly object[]) => ({
  TaskArn: 'arn:aws:ecs:us-east-1:000000000000:task/cluster/1',
  StopCode: 'EssentialContainerExited',
  StoppedReason: 'Essential container in task exited',
  Containers,
});
const [stage, warden] = [container('stage', 0), container('warden', 0)];
const good = task(stage, container('step', 0, { ImageDigest: 'sha256:1' }), warden);
const failed = task(
  stage,
  container('step'),
  container('warden', 137, { Reason: 'OutOfMemoryError: "killed"' }),
);

const throttled = serviceError('TooManyRequestsException', 'Rate Exceeded.');
const functionError = (errorType: string) =>
  Object.assign(new Error('boom'), { errorType, errorMessage: 'boom', trace: ['at "handler"'] });

/**
 * Scripts for every state machine: all steps, with services that reject first calls, and with a second attempt.
 */
export const ordinary = (steps: number): Script[] => {
  const indexes = Array.from({ length: steps }, (_, index) => index);
  return [
    {
      title: 'all steps succeed',
      next: [...indexes.map((step) => run(step)), done],
      tasks: indexes.map(() => good),
    },
    {
      title: 'services reject the first calls',
      next: [throttled, ...indexes.flatMap((step) => [run(step), throttled, throttled]), done],
      tasks: indexes.flatMap(() => [serviceError('ThrottlingException', 'Rate exceeded'), good]),
      settle: [throttled, functionError('Error'), {}],
    },
    {
      title: 'the last step gets another attempt',
      next: [...indexes.map((step) => run(step)), wait, run(steps - 1, 2), done],
      tasks: [...indexes.slice(1).map(() => good), failed, good],
    },
  ];
};

/**
 * Waves, for a state machine that has them. Each has one step: the order of the events of several is not defined.
 */
export const waves: Script[] = [
  {
    title: 'a wave gets another attempt, and another wave follows',
    next: [
      { action: 'wave', steps: [{ step: 0 }] },
      run(0),
      wait,
      run(0, 2),
      done,
      { action: 'wave', steps: [{ step: 1 }] },
      throttled,
      run(1),
      done,
      done,
    ],
    tasks: [failed, good, good],
  },
  {
    title: 'a step of a wave fails',
    next: [{ action: 'wave', steps: [{ step: 0 }] }, run(0), { action: 'failed' }],
    tasks: [failed],
  },
  {
    title: 'a response names no steps',
    next: [{ action: 'wave' }],
  },
];

/** Rare cases for any state machine. */
export const rare: Script[] = [
  {
    title: 'a task does not end in time',
    next: [run(0, 1, 1), done],
    tasks: [undefined],
  },
  {
    title: 'RunTask finds no capacity',
    next: [run(0), done],
    tasks: [serviceError('AmazonECS.Unknown', 'Capacity is unavailable at this time')],
  },
  {
    title: 'RunTask fails permanently',
    next: [run(0), done],
    tasks: [serviceError('ClientException', 'TaskDefinition not found.')],
  },
  {
    title: 'RunTask fails for longer than it is retried',
    next: [run(0), done],
    tasks: Array.from({ length: 9 }, () => serviceError('ServerException', 'later')),
  },
  { title: 'next fails once', next: [functionError('TypeError'), run(0), done], tasks: [good] },
  {
    title: 'next fails for longer than it is retried',
    next: Array.from({ length: 5 }, () => functionError('TypeError')),
  },
  {
    title: 'next is throttled for longer than it is retried',
    next: Array.from({ length: 21 }, () => throttled),
  },
  {
    title: 'settle fails for longer than it is retried',
    next: [done],
    settle: Array.from({ length: 9 }, () => functionError('Error')),
  },
  ...[
    null,
    'text',
    {},
    [],
    { action: 'other' },
    { action: 'run', step: '0' },
    { step: 0 },
    { action: ['wait'] },
  ].map((response) => ({ title: `next responds with ${JSON.stringify(response)}`, next: [response] })),
  { title: 'a response has neither task nor time', next: [{ action: 'run', step: 0, attempt: 1 }, done] },
  { title: 'a wait has no seconds', next: [{ action: 'wait' }] },
  ...[
    ['has no containers', task()],
    ['has one container', task(container('step', 0))],
    ['has no step', task(stage, warden)],
    [
      'has two steps',
      task(container('step', 1, { Reason: 'one' }), container('step', 2, { Reason: 'two' }), warden),
    ],
    ['is empty', {}],
    ['has false as its reason', { ...good, StoppedReason: false }],
  ].map(([what, stopped]) => ({ title: `the task ${what}`, next: [run(0), done], tasks: [stopped] })),
  ...['\u{1f600}', 'e\u0301', '\ud800', '"\\\n\u2028\u0000'].map((text) => ({
    title: `a cause is long: ${JSON.stringify(text)}`,
    next: [run(0), done],
    tasks: [serviceError('ClientException', text.repeat(30_000))],
  })),
];

import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type QueueName, queueFeeds, visibilitySeconds } from '../queues.ts';
import type { Stage } from './stage.ts';

/** A queue and its dead-letter queue. */
interface QueuePair {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}
export type Queues = Readonly<Record<QueueName, QueuePair>>;

/** How long failed messages are kept: the maximum of SQS, to leave time to find out why they failed. */
const DEAD_LETTER_DAYS = 14;

export function createQueues(parent: Construct, stage: Stage): Queues {
  const scope = new Construct(parent, 'Queues');
  const closed = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
  const pair = (name: QueueName): QueuePair => {
    const deadLetters = new Queue(scope, `${name}-dead`, {
      ...closed,
      queueName: `flowserv-${stage.name}-${name}-dead`,
      retentionPeriod: Duration.days(DEAD_LETTER_DAYS),
    });
    const queue = new Queue(scope, name, {
      ...closed,
      queueName: `flowserv-${stage.name}-${name}`,
      visibilityTimeout: Duration.seconds(visibilitySeconds(name)),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: queueFeeds[name].maxReceives },
    });
    return { queue, deadLetters };
  };
  return {
    archive: pair('archive'),
    install: pair('install'),
    leaderboard: pair('leaderboard'),
    mail: pair('mail'),
    notify: pair('notify'),
    purge: pair('purge'),
    dispatch: pair('dispatch'),
    remote: pair('remote'),
    settle: pair('settle'),
  };
}

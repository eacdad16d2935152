import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  type MetricAlarm,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { functionNames } from '../../../infra/functions.ts';
import { clientOptions } from '../../../shared/clients.ts';
import { type Check, hold } from '../check.ts';

const POLL_MS = 3_000;

/** An alarm of the stage with an action: one of the queues, which is quiet in normal operation. */
async function quietAlarm(client: CloudWatchClient, stack: string): Promise<MetricAlarm> {
  const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNamePrefix: stack }));
  const armed = MetricAlarms.filter(
    ({ AlarmActions = [], ActionsEnabled }) => ActionsEnabled && AlarmActions.length > 0,
  );
  const found = armed.find(({ StateValue }) => StateValue !== 'ALARM');
  hold(found !== undefined, 'no alarm of the stage that is quiet has an action', {
    alarms: MetricAlarms.map(({ AlarmName, StateValue }) => `${AlarmName}: ${StateValue}`),
  });
  return found;
}

const alarm: Check = {
  id: 'alarm',
  title: 'an alarm that is triggered manually publishes to its topic',
  proves: "the topic's policy lets the account's alarms publish; the confirmed address gets a mail",
  needs: ['alarms'],
  minutes: 5,
  async run({ target }) {
    const client = new CloudWatchClient(clientOptions(target.config, undefined));
    const { AlarmName = '', AlarmActions } = await quietAlarm(client, `flowserv-${target.config.stage}-`);
    const since = new Date();
    const set = (StateValue: 'ALARM' | 'OK', StateReason: string) =>
      client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason }));
    await set('ALARM', 'flowserv verify: this is a test');
    try {
      for (;;) {
        const history = new DescribeAlarmHistoryCommand({
          AlarmName,
          HistoryItemType: 'Action',
          StartDate: since,
          EndDate: new Date(Date.now() + POLL_MS),
        });
        const { AlarmHistoryItems = [] } = await client.send(history);
        const summaries = AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary ?? '');
        const failed = summaries.find((summary) => /fail/i.test(summary));
        hold(failed === undefined, 'the action of the alarm failed', { alarm: AlarmName, summaries });
        const done = summaries.find((summary) => /success/i.test(summary));
        if (done !== undefined) return { alarm: AlarmName, actions: AlarmActions, history: summaries };
        await sleep(POLL_MS);
      }
    } finally {
      await set('OK', 'flowserv verify: the test is over');
    }
  },
};

/** CloudWatch's filter for denials by IAM in lines of JSON and of text. */
const REFUSED = '?AccessDenied ?"not authorized to perform" ?"is not authorized"';

const functionLogs: Check = {
  id: 'function-logs',
  title: "no function's log has a call that IAM denied, since the first check began",
  proves: 'the roles of the functions allow all their calls until now, conditions included',
  needs: ['logs'],
  minutes: 5,
  async run({ target, since }) {
    const client = new CloudWatchLogsClient(clientOptions(target.config, undefined));
    const seen: Record<string, number> = {};
    for (const name of functionNames) {
      const logGroupName = `/flowserv/${target.config.stage}/functions/${name}`;
      const events = [];
      let nextToken: string | undefined;
      do {
        const page = await client.send(
          new FilterLogEventsCommand({
            logGroupName,
            filterPattern: REFUSED,
            startTime: since.getTime(),
            nextToken,
          }),
        );
        events.push(...(page.events ?? []));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      seen[name] = events.length;
      hold(events.length === 0, `a call of function ${name} was denied`, {
        lines: events.slice(0, 5).map(({ message }) => message?.slice(0, 1000)),
      });
    }
    return { refusals: seen };
  },
};

/** Monitoring of the stage; last, since the logs cover all earlier checks. */
export const watchChecks: readonly Check[] = [alarm, functionLogs];

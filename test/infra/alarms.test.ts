import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { METRICS_NAMESPACE, metricUnits } from '../../shared/services/metrics.ts';
import { ALL_SETTINGS } from './all-settings.ts';
import { resourcesOf, root, templateOf } from './synthesised.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const template = templateOf('test', { alarmEmail: 'ops@example.org' });

const alarm = z.looseObject({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.unknown()).min(1),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Metrics: z.array(z.looseObject({ MetricStat: z.unknown().optional() })).optional(),
});
const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ Properties }) =>
  alarm.parse(Properties),
);
const idOf = ({ AlarmName }: z.output<typeof alarm>) => AlarmName.replace(/^flowserv-test-/, '');
/** The billed part of an alarm: each metric that it reads. */
const metricsOf = ({ Metrics }: z.output<typeof alarm>) =>
  Metrics?.filter(({ MetricStat }) => MetricStat).length ?? 1;

/** The entries of the runbook, by the anchors of their headings, with the alarms that each lists. */
function runbook(): Map<string, string[]> {
  const entries = read('docs/runbook.md').split(/^## /m).slice(1);
  return new Map(
    entries.flatMap((entry) => {
      const [heading = ''] = entry.split('\n');
      const named = /^Alarms?: (.*(?:\n.+)*)/m.exec(entry)?.[1];
      if (named === undefined) return [];
      const names = [...named.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name);
      return [[heading.toLowerCase().replaceAll(' ', '-'), names]];
    }),
  );
}

describe('alarms', () => {
  it('each have an entry in the runbook, named in their descriptions, and each entry lists its alarms', () => {
    const described = Map.groupBy(alarms, ({ AlarmDescription }) =>
      AlarmDescription.replace(/^.*docs\/runbook\.md#/, ''),
    );
    const named = [...described].map(([entry, its]) => [entry, its.map(idOf).sort()]);
    const { budget, ...entries } = Object.fromEntries(
      [...runbook()].map(([entry, its]) => [entry, its.sort()]),
    );
    expect(entries).toEqual(Object.fromEntries(named));
    expect(budget).toEqual([]);
  });

  it('have runbook entries with all the parts that an operator needs', () => {
    for (const entry of read('docs/runbook.md').split(/^## /m).slice(1)) {
      if (!/^Alarms?: /m.test(entry)) continue;
      for (const part of ['Means', 'Users', 'Look', 'Do', 'Over']) {
        expect(entry, `${entry.split('\n')[0]}: ${part}`).toMatch(
          new RegExp(`^- \\*\\*${part}\\.\\*\\* `, 'm'),
        );
      }
    }
  });

  it('cost as much as the documents say', () => {
    const metrics = alarms.reduce((sum, each) => sum + metricsOf(each), 0);
    const dollars = ((metrics - 10) * 0.1).toFixed(2);
    expect(read('docs/deploy.md').replaceAll('\n', ' ')).toContain(
      `${alarms.length} alarms look at ${metrics} metrics, ten of which are free: ${dollars} dollars a month`,
    );
  });

  it('use only metrics of the product that its functions write', () => {
    const metrics = resourcesOf(template, 'AWS::CloudWatch::Alarm')
      .filter(({ Properties }) => Properties.Namespace === METRICS_NAMESPACE)
      .map(({ Properties }) => Properties);
    expect(metrics).toHaveLength(3);
    for (const { MetricName, Dimensions } of metrics) {
      expect(Object.keys(metricUnits)).toContain(MetricName);
      expect(Dimensions).toEqual([{ Name: 'Stage', Value: 'test' }]);
    }
  });

  it('sum metrics even if some have no data', () => {
    const sums = alarms.flatMap(({ Metrics = [] }) => (Metrics.length > 1 ? [Metrics] : []));
    expect(sums).toHaveLength(3);
    for (const metrics of sums) {
      const parts = metrics.filter(({ MetricStat }) => MetricStat).map(({ Id }) => `FILL(${Id}, 0)`);
      expect(metrics.map(({ Expression }) => Expression)).toContain(`SUM([${parts.join(', ')}])`);
    }
  });

  it('use the threshold of the stage for the longest wait of a run', () => {
    const longest = alarms.find((each) => idOf(each) === 'longest-wait');
    expect(longest).toMatchObject({ Threshold: 3600, Statistic: 'Maximum' });
  });
});

describe('a budget', () => {
  it('is created for a stage that sets one, and notifies the address of alarms', () => {
    expect(resourcesOf(template, 'AWS::Budgets::Budget')).toEqual([]);
    const [budget, ...others] = resourcesOf(templateOf('test', ALL_SETTINGS), 'AWS::Budgets::Budget');
    expect(others).toEqual([]);
    expect(budget?.Properties).toMatchObject({
      Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 200, Unit: 'USD' } },
    });
    const mails = z
      .array(z.looseObject({ Subscribers: z.unknown() }))
      .parse(budget?.Properties.NotificationsWithSubscribers);
    expect(mails).toHaveLength(3);
    for (const { Subscribers } of mails) {
      expect(Subscribers).toEqual([{ SubscriptionType: 'EMAIL', Address: 'ops@example.org' }]);
    }
  });

  it('has no fixed name, since a change of the amount replaces a budget', () => {
    const [budget] = resourcesOf(templateOf('test', ALL_SETTINGS), 'AWS::Budgets::Budget');
    expect(budget?.Properties.Budget).not.toHaveProperty('BudgetName');
  });
});

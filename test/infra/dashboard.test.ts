import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { metricUnits } from '../../shared/services/metrics.ts';
import { resourcesOf, templateOf } from './synthesised.ts';

const body = z.object({
  widgets: z.array(
    z.object({
      type: z.string(),
      properties: z.looseObject({ metrics: z.array(z.array(z.unknown())).optional() }),
    }),
  ),
});

/** The body of a dashboard, with each reference replaced by its text. */
function bodyOf(joined: unknown): z.output<typeof body> {
  const { 'Fn::Join': join } = z
    .object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) })
    .parse(joined);
  const text = join[1].map((part) =>
    typeof part === 'string' ? part : Object.values(Object(part)).flat().join('.'),
  );
  return body.parse(JSON.parse(text.join('')));
}

describe('the dashboard', () => {
  const [dashboard, ...others] = resourcesOf(templateOf('test'), 'AWS::CloudWatch::Dashboard');
  const { widgets } = bodyOf(dashboard?.Properties.DashboardBody);
  /** Each metric without its display options. */
  const metrics = new Set(
    widgets.flatMap(({ properties }) =>
      (properties.metrics ?? []).map((metric) =>
        JSON.stringify(metric.filter((part) => typeof part === 'string')),
      ),
    ),
  );

  it('has its region in its name, since names are unique in the account', () => {
    expect(others).toEqual([]);
    expect(dashboard?.Properties.DashboardName).toEqual({
      'Fn::Join': ['', ['flowserv-test-', { Ref: 'AWS::Region' }]],
    });
  });

  it('shows every metric of the product and all alarms', () => {
    for (const name of Object.keys(metricUnits)) {
      expect(metrics).toContain(JSON.stringify(['flowserv', name, 'Stage', 'test']));
    }
    expect(widgets.map(({ type }) => type)).toContain('alarm');
  });

  it('is free of charge: it refers to 50 metrics at most', () => {
    expect(metrics.size).toBeGreaterThan(30);
    expect(metrics.size).toBeLessThanOrEqual(50);
  });

  it('is omitted if the stage disables it', () => {
    expect(resourcesOf(templateOf('test', { dashboard: false }), 'AWS::CloudWatch::Dashboard')).toEqual([]);
  });
});

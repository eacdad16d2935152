import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createMetrics, metricUnits } from '../../shared/services/metrics.ts';

const name = z.string().min(1).max(1024);
/** Amazon CloudWatch, "Specification: Embedded metric format": objects of the specification have no other members. */
const specified = z.looseObject({
  _aws: z.strictObject({
    Timestamp: z.int(),
    CloudWatchMetrics: z.array(
      z.strictObject({
        Namespace: name,
        Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)).min(1),
        Metrics: z.array(z.strictObject({ Name: name, Unit: z.enum(['Count', 'Seconds']) })).max(100),
      }),
    ),
  }),
});

const written = (
  metrics: 'none' | 'embedded',
  values: Parameters<ReturnType<typeof createMetrics>['record']>[0],
) => {
  const lines: string[] = [];
  const now = () => new Date('2027-03-01T12:00:00Z');
  createMetrics({ metrics, stage: 'spring' }, now, (line) => lines.push(line)).record(values);
  return lines;
};

describe('metrics', () => {
  it('are lines in the embedded metric format, by stage', () => {
    const [line = '', ...others] = written('embedded', { RunsWaiting: 3, LongestWait: 61 });

    expect(others).toEqual([]);
    expect(line).toMatch(/^\{.*\}\n$/);
    expect(specified.parse(JSON.parse(line))).toEqual({
      _aws: {
        Timestamp: Date.parse('2027-03-01T12:00:00Z'),
        CloudWatchMetrics: [
          {
            Namespace: 'flowserv',
            Dimensions: [['Stage']],
            Metrics: [
              { Name: 'RunsWaiting', Unit: 'Count' },
              { Name: 'LongestWait', Unit: 'Seconds' },
            ],
          },
        ],
      },
      Stage: 'spring',
      RunsWaiting: 3,
      LongestWait: 61,
    });
  });

  it('are not written when they are off', () => {
    expect(written('none', { RunsWaiting: 3 })).toEqual([]);
  });

  it('stay within the ten per account that are free of charge', () => {
    expect(Object.keys(metricUnits).length).toBeLessThanOrEqual(10);
  });
});

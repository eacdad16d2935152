import { expect, it } from 'vitest';
import type { DueStep } from '../../../shared/runs/steps/reuse.ts';
import { takeRecorded } from '../../../shared/runs/steps/take-recorded.ts';
import type { Services } from '../../../shared/services/services.ts';
import { stepRecord } from './step-records.ts';

it('a step whose attempt ended before it was checked is executed, and says why', async () => {
  const known = stepRecord(0, { state: 'waiting' });
  const due = { attempt: 2 } as DueStep;
  const check = () => Promise.reject(new Error('a step that may have run is not checked'));
  const taken = await takeRecorded({} as Services, check, due, known);
  const reuse = { missed: 'an earlier attempt had begun' };
  expect(taken).toEqual({ outcome: 'execute', attempt: 2, kept: { reuse } });
  const checked = { ...known, reuse: { key: 'k', missed: 'no outputs' } };
  expect(await takeRecorded({} as Services, check, due, checked)).toMatchObject({
    kept: { reuse: checked.reuse },
  });
});

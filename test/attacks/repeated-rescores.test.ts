import { describe, expect, it } from 'vitest';
import { MAX_RESCORES_A_DAY } from '../../shared/rescoring/create.ts';
import { findRescore, rescoreCodec } from '../../shared/rescoring/request.ts';
import { keys } from '../../shared/store/keys.ts';
import { installTemplate } from '../end-to-end/install-template.ts';
import { rescoreRequests, scoring } from '../end-to-end/rescore-requests.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { organiserOf, team } = rescoreRequests(stack);

describe('an organiser who scores runs again all day', () => {
  it('is stopped after a number of requests', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'LOOP' });
    const organiser = await organiserOf(id);
    const one = await team(id, 'one');
    await one.submit({ number: 1 });
    // Nothing to do: all runs are of the current version.
    const { total } = await organiser.rescore({ all: true });
    expect(total).toBe(0);
    const { services } = stack;
    const first = await findRescore(services, id, 1);
    const copy = (number: number, createdAt = first.createdAt) =>
      services.table.put(rescoreCodec.write(keys.rescore(id, number), { ...first, number, createdAt }));
    for (let number = 2; number < MAX_RESCORES_A_DAY; number += 1) await copy(number);
    expect((await organiser.create({ all: true })).status).toBe(201);
    const { status, json } = await organiser.create({ all: true });
    expect([status, json.code]).toEqual([429, 'rescore.limit']);
    await copy(1, '2026-01-01T00:00:00.000000+00:00');
    expect((await organiser.create({ all: true })).status).toBe(201);
  });
});

import { expect, it } from 'vitest';
import { installTemplate } from './install-template.ts';
import { updateTemplate } from './new-version.ts';
import { rescoreRequests, scoring } from './rescore-requests.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ env: { FLOWSERV_CAPACITY: '4' }, check: 'consistency' });
const { get, scores, organiserOf, team } = rescoreRequests(stack);

it('decisions about runs go over to the runs that score them again', async () => {
  const id = await installTemplate(stack, scoring(1), {}, { id: 'FIX' });
  const organiser = await organiserOf(id);
  const names = ['disqualified', 'withdrawn', 'baseline', 'ranked'];
  const teams = await Promise.all(names.map((name) => team(id, name)));
  const runs: string[] = [];
  for (const [index, { submit }] of teams.entries()) runs.push(await submit({ number: index + 1 }));
  const put = (path: string, token: string, body: object = {}) => stack.request('PUT', path, { token, body });
  const reason = { reason: 'copied', visibility: 'public' };
  await put(`/runs/${runs[0]}/disqualification`, organiser.token, reason);
  await put(`/runs/${runs[1]}/withdrawal`, teams[1]?.token ?? '');
  await put(`/runs/${runs[2]}/baseline`, organiser.token, { label: 'Mean' });
  expect(await scores(id)).toEqual([['ranked', 4]]);

  await updateTemplate(stack.services, id, scoring(10));
  expect(await organiser.rescore({ all: true })).toMatchObject({ total: 4, done: 4 });
  expect(await scores(id)).toEqual([['ranked', 40]]);
  const { baselines } = await get(`/workflows/${id}/leaderboard`);
  expect(baselines).toMatchObject([{ label: 'Mean', results: [{ value: 30 }] }]);
  const { replacedBy } = await get(`/runs/${runs[0]}`, organiser.token);
  expect(await get(`/runs/${replacedBy}`, organiser.token)).toMatchObject({
    rescoredFrom: runs[0],
    notRanked: 'disqualified: copied',
    disqualified: reason,
  });
  await stack.request('DELETE', `/runs/${replacedBy}/disqualification`, { token: organiser.token });
  expect(await scores(id)).toEqual([
    ['ranked', 40],
    ['disqualified', 10],
  ]);
});

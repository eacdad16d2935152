import { beforeAll, describe, expect, it } from 'vitest';
import { ALL_RESULTS, resultText } from './install-template.ts';
import { moderationRequests, scoreTemplate } from './moderation-requests.ts';
import { updateTemplate } from './new-version.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { tokens, get, put, leaderboard, rows, disqualify, readmit, team } = moderationRequests(stack, [
  { id: 'BEST', more: ALL_RESULTS },
]);

const SECRET = 'copied the hidden labels';
const audit = async (id: string, token: string) => (await get(`/workflows/${id}/audit`, token)).entries;
type Team = Awaited<ReturnType<typeof team>>;

describe('a disqualified run', () => {
  let own: Team;
  let other: Team;
  let five = '';
  let three = '';
  beforeAll(async () => {
    own = await team('BEST', 'own');
    other = await team('BEST', 'other');
    five = await own.score(5);
    three = await own.score(3);
    await other.score(4);
  });

  it('is on no leaderboard, and another run of the group takes its entry', async () => {
    const before = await leaderboard('BEST');
    expect(await rows('BEST')).toEqual(['own 5', 'other 4']);
    expect((await disqualify(`/runs/${five}`, 'reads the test labels')).json).toEqual({
      disqualified: { since: expect.any(String), visibility: 'public', reason: 'reads the test labels' },
    });
    expect(await rows('BEST')).toEqual(['other 4', 'own 3']);
    expect(await rows('BEST', '?includeAll')).toEqual(['other 4', 'own 3']);
    expect(await rows('BEST', '?orderBy=score:asc')).toEqual(['own 3', 'other 4']);
    const postprocessed = async (text: string) =>
      poll(async () => {
        const handle = (await get('/workflows/BEST', own.token)).postproc;
        if (handle?.state !== 'SUCCESS') return undefined;
        const found = await resultText(stack, handle, 'all.txt');
        return found.includes(text) ? found : undefined;
      }, `post-processing without ${text}`);
    expect(await postprocessed('"score": 3')).not.toContain('5');
    expect((await readmit(`/runs/${five}`)).status).toBe(204);
    const after = await leaderboard('BEST');
    expect({ ...after, postproc: null }).toEqual({ ...before, postproc: null });
    expect(await postprocessed('"score": 5')).not.toContain('3');
  });

  it('says why in its handle and in lists, to its participants too', async () => {
    await disqualify(`/runs/${five}`, '  reads the test labels ');
    const shown = {
      notRanked: 'disqualified: reads the test labels',
      disqualified: { since: expect.any(String), visibility: 'public', reason: 'reads the test labels' },
    };
    const handle = await get(`/runs/${five}`, own.token);
    expect(handle).toMatchObject(shown);
    expect(handle.rank).toBeUndefined();
    const { runs } = await get(`/groups/${own.group}/runs`, own.token);
    expect(runs[0]).toMatchObject({ id: five, ...shown });
    expect(runs[1].disqualified).toBeUndefined();
    expect((await get(`/groups/${own.group}`, own.token)).runs[0]).toMatchObject(shown);
    await readmit(`/runs/${five}`);
    expect((await get(`/runs/${five}`, own.token)).disqualified).toBeUndefined();
  });

  it('has a private reason that only organisers read, on every path', async () => {
    await disqualify(`/runs/${five}`, SECRET, 'private');
    const paths = [
      `/runs/${five}`,
      `/runs/${five}/logs`,
      `/runs/${five}/diff/${three}`,
      `/groups/${own.group}`,
      `/groups/${own.group}/runs`,
      `/groups/${own.group}/limits`,
      '/workflows/BEST',
      '/workflows/BEST/leaderboard?includeAll',
      '/workflows/BEST/moderation',
      '/workflows/BEST/runs',
      '/workflows/BEST/audit',
    ];
    for (const path of paths) {
      for (const token of [own.token, tokens.viewer]) {
        expect((await stack.request('GET', path, { token })).text, path).not.toContain(SECRET);
      }
    }
    const crate = await poll(async () => {
      const found = await stack.request('GET', `/runs/${five}/crate`, { token: own.token });
      return found.status === 200 ? found.bytes.toString('latin1') : undefined;
    }, 'no crate');
    expect(crate).not.toContain(SECRET);
    expect((await get(`/runs/${five}`, own.token)).notRanked).toBe('disqualified');
    expect((await get(`/runs/${five}`, tokens.organiser)).notRanked).toBe(`disqualified: ${SECRET}`);
    expect((await get(`/groups/${own.group}/runs`, tokens.organiser)).runs[0].disqualified.reason).toBe(
      SECRET,
    );
    const [listed] = (await get('/workflows/BEST/moderation', tokens.organiser)).entries;
    expect(listed).toMatchObject({
      group: { id: own.group },
      run: { id: five },
      disqualified: { reason: SECRET },
    });
    const [entry] = await audit('BEST', tokens.organiser);
    expect(entry).toMatchObject({
      action: 'run.disqualify',
      object: { type: 'run', id: five },
      user: { username: 'oscar' },
      detail: `private: ${SECRET}`,
    });
    expect((await audit('BEST', tokens.viewer))[0].detail).toBe('private');
    await readmit(`/runs/${five}`);
  });

  it('is audited once for each change, and repeating one changes nothing', async () => {
    const before = (await audit('BEST', tokens.organiser)).length;
    const path = `/runs/${three}`;
    const [first] = [await disqualify(path, 'twice'), await disqualify(path, 'twice')];
    expect((await disqualify(path, 'twice')).json).toEqual(first.json);
    await disqualify(path, 'another reason');
    await Promise.all([readmit(path), readmit(path), readmit(path)]);
    const entries = (await audit('BEST', tokens.organiser)).slice(0, -before);
    expect(entries.map(({ action }: { action: string }) => action)).toEqual([
      'run.readmit',
      'run.disqualify',
      'run.disqualify',
    ]);
  });

  it('needs a reason of one line', async () => {
    for (const reason of ['', '  ', 'x'.repeat(501), 'two\nlines', 'a\u202eb']) {
      expect((await disqualify(`/runs/${five}`, reason)).json.code).toBe('moderation.text');
    }
    expect((await put(`/runs/${five}/disqualification`, tokens.organiser, { reason: 'x' })).json.code).toBe(
      'request.body',
    );
    const { id } = (await get('/workflows/BEST', own.token)).postproc;
    expect((await disqualify(`/runs/${id}`, 'x')).json.code).toBe('moderation.postproc');
    expect((await get('/workflows/BEST/moderation', tokens.organiser)).entries).toEqual([]);
  });

  it('leaves the last post-processing when no run is ranked any more', async () => {
    for (const group of [own.group, other.group]) await disqualify(`/groups/${group}`, 'all');
    await poll(
      async () => ((await get('/workflows/BEST', own.token)).postproc ? undefined : true),
      'it still shows the post-processing of disqualified runs',
    );
    for (const group of [own.group, other.group]) await readmit(`/groups/${group}`);
    const handle = await stack.postproc('BEST', ({ state }) => state === 'SUCCESS');
    expect(await resultText(stack, handle, 'all.txt')).toContain('5');
  });

  it('stays off the leaderboard of an earlier version', async () => {
    const schema = scoreTemplate().replace(
      '[{name: score,',
      '[{name: other, label: O, dtype: float, required: false}, {name: score,',
    );
    await updateTemplate(stack.services, 'BEST', schema);
    const earlier = async () =>
      (await leaderboard('BEST', '?version=1')).ranking.map((row: { run: { id: string } }) => row.run.id);
    expect(await earlier()).toContain(five);
    await disqualify(`/runs/${five}`, 'late');
    expect(await earlier()).not.toContain(five);
    await readmit(`/runs/${five}`);
    expect((await earlier())[0]).toBe(five);
  });
});

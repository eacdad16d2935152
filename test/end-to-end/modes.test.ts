import { describe, expect, it } from 'vitest';
import { fixture, type Reply, type RunningStack } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';
import { type Conversation, recordTranscript } from './transcript.ts';

/** The same requests get the same responses wherever the functions run. */
const inProcess = useStack({ isolate: false });
const isolated = useStack({ isolate: true });

const long = 'x'.repeat(513);
const password = 'a password';

/** All requests of a participant, including typical mistakes. */
async function conversation({ ask, ended, settled }: Conversation, workflow: string): Promise<void> {
  await ask('GET', '/');
  await ask('GET', '/unknown');
  await ask('PATCH', '/users/login');
  await ask('POST', '/users/register', { body: '{"username": ' });
  await ask('POST', '/users/register', { body: { username: long, password } });
  const user = await ask('POST', '/users/register', { body: { username: 'ann', password, verify: false } });
  await ask('POST', '/users/register', { body: { username: 'ann', password, verify: false } });
  await ask('POST', '/users/login', { body: { username: 'ann', password: 'wrong' } });
  const { token } = (await ask('POST', '/users/login', { body: { username: 'ann', password } })).json;
  await ask('GET', '/users/whoami', { token });
  await ask('GET', '/users/whoami', { token: `${token}x` });

  await ask('GET', '/workflows');
  await ask('GET', `/workflows/${workflow}`);
  await ask('GET', '/workflows/unknown');
  await ask('POST', `/workflows/${workflow}/groups`, { body: { name: 'Group' } });
  await ask('POST', `/workflows/${workflow}/groups`, { token, body: { name: 7 } });
  const body = { name: 'Group', members: [user.json.id] };
  const group = (await ask('POST', `/workflows/${workflow}/groups`, { token, body })).json.id;
  await ask('POST', `/workflows/${workflow}/groups`, { token, body });
  await ask('GET', `/groups/${group}`, { token });
  await ask('GET', `/groups/${group}`);

  const form = new FormData();
  form.append('file', new Blob(['Ann\nÄöü 🎈\n']), 'na/mes ü.txt');
  const file = (await ask('POST', `/uploads/${group}/files`, { token, form })).json.id;
  await ask('POST', `/uploads/${group}/files`, { token, body: {} });
  const large = new FormData();
  large.append('file', new Blob([new Uint8Array(5_000_000)]), 'large.bin');
  await ask('POST', `/uploads/${group}/files`, { token, form: large });
  await ask('GET', `/uploads/${group}/files`, { token });
  await ask('GET', `/uploads/${group}/files/${file}`, { token });

  const names = { name: 'names', value: { type: '$file', value: { fileId: file } } };
  const greeting = (value: unknown) => ({ name: 'greeting', value });
  const start = (values: readonly unknown[]) =>
    ask('POST', `/groups/${group}/runs`, { token, body: { arguments: values } });
  await start([]);
  await start([{ ...names, value: 'names.txt' }]);
  await start([names, greeting('\0')]);
  await start([names, { name: 'unknown', value: 1 }]);
  const run = (await start([names, greeting('Hi')])).json.id;
  const handle = await ended(run, token);
  for (const { id } of handle.files) await ask('GET', `/runs/${run}/downloads/files/${id}`, { token });
  await ask('GET', `/runs/${run}/logs`, { token });
  await ask('GET', `/runs/${run}/logs/0/stdout`, { token });
  await ask('GET', `/runs/${run}/downloads/archive`);
  await ask('PUT', `/runs/${run}`, { token, body: { reason: 'late' } });
  await settled(workflow);
  await ask('GET', `/workflows/${workflow}/leaderboard`);
  await ask('GET', `/workflows/${workflow}/leaderboard?orderBy=avg_count:asc&includeAll`);
  await ask('GET', `/workflows/${workflow}/leaderboard?orderBy=unknown`);
  await ask('GET', `/groups/${group}/runs`, { token });
  await ask('DELETE', `/runs/${run}`, { token });
  await ask('GET', `/runs/${run}`, { token });
  await ask('DELETE', `/groups/${group}`, { token });
  await ask('POST', '/users/logout', { token });
  await ask('GET', '/users/whoami', { token });
}

async function transcriptOf(stack: RunningStack): Promise<string[]> {
  const workflow = await stack.install(fixture('hello-world-postproc'), { id: 'HW' });
  return recordTranscript(stack, (requests) => conversation(requests, workflow));
}

describe('functions in separate processes', () => {
  it('return exactly the same responses as in one process', async () => {
    const [one, other] = await Promise.all([transcriptOf(inProcess), transcriptOf(isolated)]);
    expect(one.length).toBeGreaterThan(40);
    expect(other).toEqual(one);
  });

  it('do not reveal the reasons of a 500, as in one process', async () => {
    const broken = async (stack: RunningStack): Promise<Pick<Reply, 'status' | 'json'>> => {
      const { token } = await stack.user('bob');
      // A path that the router accepts but no store can use: longer than the key of an item.
      const { status, json } = await stack.request('GET', `/groups/${'g'.repeat(3_000)}`, { token });
      return { status, json: { ...json, requestId: undefined } };
    };
    expect(await broken(isolated)).toEqual(await broken(inProcess));
  });
});

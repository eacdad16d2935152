import fc from 'fast-check';
import { expect, it } from 'vitest';
import { giveRole, takeRole } from '../../shared/members/members.ts';
import { pauseAdmission } from '../../shared/runs/capacity.ts';
import { updateWorkflow } from '../../shared/workflows/update.ts';
import { inputs } from '../thoroughness.ts';
import { fixture, type Reply } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** Two runs at a time, so that some wait in line. */
const stack = useStack({ env: { FLOWSERV_CAPACITY: '2', FLOWSERV_MAX_WAITING: '0' } });

interface Reader {
  readonly name: string;
  readonly token: string | undefined;
  /** By path, the response that the reader has. */
  readonly copies: Map<string, { readonly etag: string; readonly text: string }>;
}

/** Everything happens at least once. */
const KINDS = [
  ...[
    'start',
    'start',
    'start',
    'fail',
    'upload',
    'removeUpload',
    'rename',
    'join',
    'leave',
    'cancel',
    'other',
  ],
  ...['post', 'post', 'removeRun', 'describe', 'pause', 'resume', 'role', 'noRole', 'wait', 'wait'],
];
const step = fc.record({ kind: fc.constantFrom(...KINDS), which: fc.nat(20) });
const sequences = fc.tuple(
  fc.shuffledSubarray(KINDS, { minLength: KINDS.length }),
  fc.array(step, { minLength: inputs(0, 20), maxLength: inputs(0, 20) }),
  fc.array(fc.nat(20), { minLength: KINDS.length, maxLength: KINDS.length }),
);

it('change with every change of the response, for every reader, whatever happens', async () => {
  let count = 0;
  const check = async ([kinds, more, choices]: readonly [
    string[],
    { kind: string; which: number }[],
    number[],
  ]) => {
    const steps = [...kinds.map((kind, i) => ({ kind, which: choices[i] ?? 0 })), ...more];
    count += 1;
    const world = await createWorld(`W${count}`);
    try {
      await world.look();
      for (const { kind, which } of steps) {
        await world.act(kind, which);
        await world.look();
      }
    } finally {
      await pauseAdmission(stack.services, false);
    }
  };
  await fc.assert(fc.asyncProperty(sequences, check), {
    numRuns: inputs(1, 20),
    seed: 19,
    endOnFailure: true,
  });
  expect(unchanged).toBeGreaterThan(100);
}, 600_000);

async function createWorld(workflow: string) {
  await stack.install(fixture('hello-world'), { id: workflow, name: workflow });
  const [alice, bob, vera] = await Promise.all(
    ['alice', 'bob', 'vera'].map((name) => stack.user(`${name}${workflow}`)),
  );
  if (!alice || !bob || !vera) throw new Error('three users are needed');
  const group = await stack.group(workflow, alice.token, 'Alice');
  const processed = `${workflow}P`;
  await stack.install(fixture('hello-world-postproc'), { id: processed, name: processed });
  const ranked = await stack.group(processed, alice.token, 'Alice');
  const others = await stack.group(workflow, bob.token, 'Bob');
  const runs: string[] = [];
  const uploads: string[] = [];
  const readers: Reader[] = [
    { name: 'member', token: alice.token, copies: new Map() },
    { name: 'stranger', token: bob.token, copies: new Map() },
    { name: 'viewer', token: vera.token, copies: new Map() },
    { name: 'anonymous', token: undefined, copies: new Map() },
  ];
  const one = <T>(list: readonly T[], which: number): T | undefined => list[which % Math.max(1, list.length)];
  const start = async (owner: string, token: string, which: number) => {
    // A greeting of several lines fails neither step, an empty file has no longest name: both kinds of ends.
    const more = [{ name: 'sleeptime', value: which % 2 }];
    const { id } = await stack.greet(owner, token, `${'Ann'.repeat(1 + (which % 5))}\n`, more);
    if (id !== undefined) runs.push(id);
  };
  const members = (ids: readonly string[]) =>
    stack.request('PUT', `/groups/${group}`, { token: alice.token, body: { members: [...ids] } });

  const acts: Record<string, (which: number) => Promise<unknown>> = {
    start: (which) => start(group, alice.token, which),
    other: (which) => start(others, bob.token, which),
    post: (which) => stack.greet(ranked, alice.token, `${'Ann'.repeat(1 + (which % 5))}\n`),
    fail: async () => {
      const { id } = await stack.greet(group, alice.token, '', [{ name: 'sleeptime', value: 0 }]);
      runs.push(id);
    },
    upload: async (which) => {
      const { json } = await stack.upload(group, alice.token, `file${which}.txt`, 'content');
      uploads.push(json.id);
    },
    removeUpload: (which) =>
      stack.request('DELETE', `/uploads/${group}/files/${one(uploads, which) ?? 'none'}`, {
        token: alice.token,
      }),
    rename: (which) =>
      stack.request('PUT', `/groups/${group}`, { token: alice.token, body: { name: `Name ${which}` } }),
    join: () => members([alice.id, bob.id]),
    leave: () => members([alice.id]),
    cancel: (which) => stack.request('PUT', `/runs/${one(runs, which) ?? 'none'}`, { token: alice.token }),
    removeRun: (which) =>
      stack.request('DELETE', `/runs/${one(runs, which) ?? 'none'}`, { token: alice.token }),
    describe: (which) => updateWorkflow(stack.services, workflow, { description: `description ${which}` }),
    pause: () => pauseAdmission(stack.services, true),
    resume: () => pauseAdmission(stack.services, false),
    role: () => giveRole(stack.services, 'operator', workflow, `vera${workflow}`, 'viewer'),
    noRole: () => takeRole(stack.services, 'operator', workflow, vera.id).catch(() => undefined),
    wait: (which) => new Promise((resolve) => setTimeout(resolve, 100 * (which % 12))),
  };

  const paths = () => [
    '/workflows',
    `/workflows/${workflow}`,
    `/workflows/${workflow}/leaderboard`,
    `/workflows/${workflow}/leaderboard?includeAll=true&limit=2`,
    `/workflows/${processed}`,
    `/workflows/${processed}/leaderboard`,
    `/groups/${group}`,
    `/groups/${group}/runs`,
    `/groups/${group}/runs?state=RUNNING`,
    ...runs.slice(-4).flatMap((id) => [`/runs/${id}`, `/runs/${id}/logs`]),
  ];

  return {
    act: (kind: string, which: number) => acts[kind]?.(which),
    /** Each reader asks for everything again. */
    async look() {
      for (const path of paths()) for (const reader of readers) await ask(reader, path, readers);
    },
  };
}

/** Responses with 304: the readers had what they asked for. */
let unchanged = 0;

/** How often a response is compared again that changed while it was compared. */
const ROUNDS = 4;

async function ask(reader: Reader, path: string, readers: readonly Reader[]) {
  const { token, copies, name } = reader;
  const get = (etag?: string) =>
    stack.request('GET', path, { token, headers: etag === undefined ? {} : { 'if-none-match': etag } });
  const foreign = readers.flatMap((other) => (other === reader ? [] : (copiesOf(other, path) ?? [])));
  for (let round = 1; ; round += 1) {
    const copy = copies.get(path);
    const conditional = await get(copy?.etag);
    const full = await get();
    const problem = problemOf(copy, conditional, full) ?? (await problemOfForeign(foreign, full, get));
    if (full.status === 200) copies.set(path, { etag: full.headers.get('etag') ?? '', text: full.text });
    else copies.delete(path);
    if (conditional.status === 304) unchanged += 1;
    if (problem === undefined) return;
    if (round === ROUNDS) expect.fail(`${name} ${path}: ${problem}`);
  }
}

const copiesOf = ({ copies }: Reader, path: string) => copies.get(path);

function problemOf(
  copy: { readonly etag: string; readonly text: string } | undefined,
  conditional: Reply,
  full: Reply,
): string | undefined {
  if (conditional.status !== 304) {
    return conditional.status === full.status ? undefined : `${conditional.status} instead of ${full.status}`;
  }
  if (full.status !== 200) return `304 where a full request gets ${full.status}`;
  if (full.text !== copy?.text) return `304 although it changed\n${copy?.text}\n${full.text}`;
  return undefined;
}

/** With the ETags of other readers, a reader gets no other status, and 304 only for the same content. */
async function problemOfForeign(
  foreign: readonly { readonly etag: string; readonly text: string }[],
  full: Reply,
  get: (etag: string) => Promise<Reply>,
): Promise<string | undefined> {
  for (const { etag, text } of foreign.slice(0, 1)) {
    const { status } = await get(etag);
    if (status === 304 && (full.status !== 200 || full.text !== text))
      return 'a foreign ETag hides the content';
    if (status !== 304 && status !== full.status) return `a foreign ETag gets ${status}`;
  }
  return undefined;
}

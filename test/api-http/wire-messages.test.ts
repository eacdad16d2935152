import { beforeAll, describe, expect, it } from 'vitest';
import { errorCatalogue, type wireMessages } from '../../shared/error-catalogue.ts';
import { pauseAdmission } from '../../shared/runs/capacity.ts';
import { updateWorkflow } from '../../shared/workflows/update.ts';
import { installTemplate, oneStep, start } from '../end-to-end/install-template.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** One parameter of each kind whose cast has a message of its own. */
const TEMPLATE = oneStep(
  ['echo hello'],
  `parameters:
  - {name: flag, label: Flag, dtype: bool, defaultValue: false}
  - {name: count, label: Count, dtype: int, range: '[0,10]', defaultValue: 1}
  - {name: score, label: Score, dtype: float, defaultValue: 1}
  - {name: mode, label: Mode, dtype: select, defaultValue: a, values: [{name: A, value: a}]}
  - name: person
    label: Person
    dtype: record
    required: false
    fields: [{name: age, label: Age, dtype: int, required: true}]
`,
);

type Code = keyof typeof wireMessages;
/** Sends a request that is rejected. Returns the status and the message of the response. */
type Send = () => Promise<{ readonly status: number; readonly message: string }>;
/** The texts that stand for `{}`, and the request. */
type Example = readonly [texts: readonly string[], send: Send];

describe('messages that clients of flowServ know', () => {
  const stack = useStack({ check: 'faults' });
  let alice = '';
  let bob = '';
  let group = '';
  let needy = '';
  let ended = '';

  beforeAll(async () => {
    alice = (await stack.user('alice')).token;
    bob = (await stack.user('bob')).token;
    await installTemplate(stack, TEMPLATE, {}, { id: 'W' });
    await stack.install(fixture('hello-world'), { id: 'HW', name: 'Second' });
    group = await stack.group('W', alice, 'Group');
    needy = await stack.group('HW', alice, 'Group');
    ended = (await stack.ended((await start(stack, group, alice)).json.id, alice)).id;
  });

  const ask =
    (method: string, path: () => string, body?: unknown, token = () => alice): Send =>
    async () => {
      const { status, json } = await stack.request(method, path(), { token: token(), body });
      return { status, message: json.message };
    };
  const run =
    (values: Readonly<Record<string, unknown>>): Send =>
    async () => {
      const { status, json } = await start(stack, group, alice, values);
      return { status, message: json.message };
    };
  const upload =
    (name: string, field?: string): Send =>
    async () => {
      const { status, json } = await stack.upload(group, alice, name, 'x', field);
      return { status, message: json.message };
    };
  const operator = (work: () => Promise<unknown>): Send => {
    return () =>
      work().then(
        () => ({ status: 0, message: 'nothing was rejected' }),
        ({ status, message }) => ({ status, message }),
      );
  };
  const register = (username: unknown, password = 'secret') =>
    ask('POST', () => '/users/register', { username, password });
  const runs = () => `/groups/${group}/runs`;
  const twice = { arguments: [1, 2].map((value) => ({ name: 'count', value })) };

  const examples: { readonly [C in Code]: { readonly [M in (typeof wireMessages)[C][number]]: Example } } = {
    'argument.duplicate': {
      "non-unique run argument '{}'": [['count'], ask('POST', runs, twice)],
    },
    'argument.invalid': {
      "invalid argument for '{}': missing field '{}'": [['person', 'age'], run({ person: [] })],
      "invalid argument for '{}': no float '{}'": [['score', 'low'], run({ score: 'low' })],
      "invalid argument for '{}': no int '{}'": [['count', '3.0'], run({ count: '3.0' })],
      "invalid argument for '{}': not a Boolean '{}'": [['flag', 'yes'], run({ flag: 'yes' })],
      "invalid argument for '{}': unknown value '{}'": [['mode', 'b'], run({ mode: 'b' })],
      "invalid argument for '{}': {} not in {}": [['count', '11', '[0.0,10.0]'], run({ count: 11 })],
    },
    'argument.missing': {
      "missing argument for '{}'": [['names'], ask('POST', () => `/groups/${needy}/runs`, { arguments: [] })],
    },
    'argument.unknown': { "unknown parameter '{}'": [['colour'], run({ colour: 'red' })] },
    'auth.not-authorized': {
      'not authorized': [
        [],
        ask(
          'GET',
          () => `/groups/${group}`,
          undefined,
          () => bob,
        ),
      ],
    },
    'auth.not-logged-in': {
      'not logged in': [
        [],
        ask(
          'GET',
          () => '/users/whoami',
          undefined,
          () => 'expired',
        ),
      ],
    },
    'file.unknown': {
      "unknown file '{}'": [['f1'], ask('GET', () => `/uploads/${group}/files/f1`)],
    },
    'group.duplicate': {
      "group '{}' exists": [['Group'], ask('POST', () => '/workflows/W/groups', { name: 'Group' })],
    },
    'group.member': {
      "unknown user '{}'": [
        ['u1'],
        ask('POST', () => '/workflows/W/groups', { name: 'Other', members: ['u1'] }),
      ],
    },
    'group.name': {
      'invalid name': [[], ask('POST', () => '/workflows/W/groups', { name: 'x'.repeat(513) })],
    },
    'group.unknown': { "unknown group '{}'": [['g1'], ask('GET', () => '/groups/g1')] },
    'request.body': {
      'members not a list': [[], ask('PUT', () => `/groups/${group}`, { members: 'alice' })],
      'missing user name': [[], register(null)],
    },
    'request.unknown': {
      "unknown request '{}'": [
        ['r1'],
        ask('POST', () => '/users/password/reset', { requestId: 'r1', password: 'secret' }),
      ],
    },
    'run.active': {
      'invalid operation for run in state {}': [
        ['PENDING'],
        async () => {
          await pauseAdmission(stack.services, true);
          try {
            const { json } = await start(stack, group, alice);
            return await ask('DELETE', () => `/runs/${json.id}`)();
          } finally {
            await pauseAdmission(stack.services, false);
          }
        },
      ],
    },
    'run.not-active': {
      'invalid operation for run in state {}': [['SUCCESS'], ask('PUT', () => `/runs/${ended}`)],
    },
    'run.unknown': { "unknown run '{}'": [['r1'], ask('GET', () => '/runs/r1')] },
    'upload.form': { 'no file request': [[], upload('a.txt', 'other')] },
    'upload.name': {
      'empty file name': [[], upload(' ')],
      'invalid name': [[], upload('x'.repeat(600))],
    },
    'user.duplicate': { "duplicate user '{}'": [['alice'], register('alice')] },
    'user.name': {
      'missing user name': [[], register('')],
      'username too long': [[], register('x'.repeat(513))],
    },
    'user.password': { 'empty password': [[], register('carol', ' ')] },
    'user.unknown': {
      "unknown user '{}'": [
        ['mallory'],
        ask('POST', () => '/users/login', { username: 'mallory', password: 'secret' }),
      ],
    },
    'workflow.duplicate': {
      "workflow '{}' exists": [['W'], operator(() => installTemplate(stack, TEMPLATE, {}, { id: 'W' }))],
    },
    'workflow.name': {
      "workflow '{}' exists": [
        ['Second'],
        operator(() => updateWorkflow(stack.services, 'W', { name: 'Second' })),
      ],
    },
    'workflow.unknown': { "unknown workflow '{}'": [['w1'], ask('GET', () => '/workflows/w1')] },
  };

  const cases = Object.entries(examples).flatMap(([code, messages]) =>
    Object.entries(messages).map(([pattern, [texts, send]]) => ({
      code: code as Code,
      pattern,
      texts,
      send,
    })),
  );

  it.each(cases)('are the same byte for byte: $code, $pattern', async ({ code, pattern, texts, send }) => {
    const left = [...texts];
    const message = pattern.replaceAll('{}', () => left.shift() ?? '?');
    expect(await send()).toEqual({ status: errorCatalogue[code].status, message });
  });
});

import { describe, expect, it } from 'vitest';
import { functionNames } from '../../infra/functions.ts';
import { ACCOUNT, REGION, TABLE } from '../../infra/local/names.ts';
import { keys } from '../../shared/store/keys.ts';
import { templateOf } from '../infra/synthesised.ts';
import { allows } from './policy.ts';
import { synthesisedRoles } from './synthesised-roles.ts';

/** What IAM allows each function to do with the items of accounts, by the synthesised policies. */
const roles = synthesisedRoles(templateOf('local', { mailFrom: 'robot@example.org' }));
const resource = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE}`;
const reads = ['GetItem', 'BatchGetItem', 'Query'];
const writes = ['PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'];

/** `<function>: <actions>` for each function with permissions on the item. */
function rightsTo({ pk }: { readonly pk: string }): string[] {
  return functionNames.flatMap((name) => {
    const allowed = [...reads, ...writes].filter((action) =>
      allows(roles.get(name) ?? [], {
        action: `dynamodb:${action}`,
        resource,
        context: { 'dynamodb:LeadingKeys': [pk] },
      }),
    );
    return allowed.length === 0 ? [] : [`${name}: ${allowed.join(' ')}`];
  });
}

const ofAuth = 'auth: GetItem Query PutItem UpdateItem DeleteItem ConditionCheckItem';

it('only the function that sends notifications reads the secrets of webhooks', () => {
  expect(rightsTo(keys.webhookSecret('1'))).toEqual([
    'api: PutItem DeleteItem',
    'sweep: DeleteItem',
    'notify: GetItem',
  ]);
});

it('the function that connects to addresses of users reads nothing but what it sends there', () => {
  const readable = [keys.workflow('W'), keys.run('R'), keys.group('G'), keys.user('1'), keys.results('W')];
  for (const key of readable) {
    expect(rightsTo(key).filter((line) => line.startsWith('notify'))).toEqual([]);
  }
  expect(rightsTo(keys.webhooks('W'))).toContain('notify: GetItem Query PutItem UpdateItem DeleteItem');
});

describe('only the function of accounts', () => {
  it.each([
    ['credentials', keys.credential('1')],
    ['password requests', keys.resetRequest('r')],
  ])('reads and writes %s', (_what, key) => {
    expect(rightsTo(key)).toEqual([ofAuth]);
  });

  it('writes the list of users, which another function reads', () => {
    expect(rightsTo(keys.userEntry('alice', '1'))).toEqual(['api: Query', ofAuth]);
  });

  it('writes tokens, which the other functions of the API may read', () => {
    const rights = ['api: GetItem', ofAuth, 'runs: GetItem'];
    expect(rightsTo(keys.token('t'))).toEqual(rights);
    expect(rightsTo(keys.tokenSlot('1', 0))).toEqual(rights);
  });

  it('writes nothing of workflows but entries of the audit list', () => {
    const rightsOfAuth = (key: { readonly pk: string }) =>
      rightsTo(key).filter((line) => line.startsWith('auth'));
    const reading = ['auth: GetItem BatchGetItem Query ConditionCheckItem'];
    expect(rightsOfAuth(keys.workflow('W'))).toEqual(reading);
    expect(rightsOfAuth(keys.workflowMember('W', '1'))).toEqual(reading);
    expect(rightsOfAuth(keys.audited('W', '2026', '1'))).toEqual(['auth: PutItem']);
    for (const key of [keys.group('G'), keys.run('R')]) expect(rightsOfAuth(key)).toEqual([]);
  });

  it('changes users; the items of their groups are written by the functions of groups', () => {
    expect(rightsTo(keys.user('1'))).toEqual([
      'api: GetItem BatchGetItem Query PutItem DeleteItem ConditionCheckItem',
      ofAuth,
      'runs: GetItem Query',
      'sweep: Query UpdateItem DeleteItem',
    ]);
  });
});

it('a request for several partitions is denied if one of them is a partition of accounts', () => {
  const mixed = (name: 'leaderboard' | 'api', pk: string) =>
    allows(roles.get(name) ?? [], {
      action: 'dynamodb:BatchGetItem',
      resource,
      context: { 'dynamodb:LeadingKeys': [keys.run('1').pk, pk] },
    });
  expect(mixed('leaderboard', keys.group('1').pk)).toBe(true);
  for (const { pk } of [keys.user('1'), keys.token('t'), keys.credential('1')]) {
    expect(mixed('leaderboard', pk)).toBe(false);
  }
  expect(mixed('api', keys.user('1').pk)).toBe(true);
  expect(mixed('api', keys.credential('1').pk)).toBe(false);
});

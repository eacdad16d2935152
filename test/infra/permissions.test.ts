import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { allowed } from './allowed-permissions.ts';
import { rolePermissions } from './role-permissions.ts';
import { templateOf } from './synthesised.ts';

/** Whether the conditions of a role's lines allow a partition, by IAM's `StringLike`. */
function reaches(lines: readonly string[], partition: string): boolean {
  const patterns = lines.flatMap((line) => {
    const condition: unknown = JSON.parse(/ if (\{.*\})$/.exec(line)?.[1] ?? '{}');
    return leadingKeys.safeParse(condition).data?.['ForAllValues:StringLike']['dynamodb:LeadingKeys'] ?? [];
  });
  return patterns.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(partition));
}

const leadingKeys = z.object({
  'ForAllValues:StringLike': z.object({ 'dynamodb:LeadingKeys': z.array(z.string()) }),
});

const sorted = (roles: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(roles).map(([role, lines]) => [role, lines.toSorted()]));

describe('permissions', () => {
  it('of each role are exactly those that it needs, and no other role exists', () => {
    expect(rolePermissions(templateOf('test'))).toEqual(sorted(allowed));
  });

  it('cover the partitions and the objects that the product creates', () => {
    const run = keys.run('1');
    const { Functionsauthrole: auth = [], Functionsbrokerrole: broker = [] } = allowed;
    const account = [keys.user('1'), keys.userName('n'), keys.userEntry('n', '1'), keys.token('t')];
    for (const { pk } of [...account, keys.resetRequest('r'), keys.credential('1')])
      expect(reaches(auth, pk)).toBe(true);
    for (const { pk } of [run, keys.group('1')]) expect(reaches(auth, pk)).toBe(false);
    const authWrites = auth.filter((line) => !/:(BatchGetItem|ConditionCheckItem|GetItem|Query) /.test(line));
    expect(reaches(authWrites, keys.leaderboard('1').pk)).toBe(false);

    const read = [run, keys.step('1', 0), keys.document(run, 'plan'), keys.document(keys.workflow('1'), 'v')];
    for (const { pk } of read) expect(reaches(broker, pk)).toBe(true);
    for (const { pk } of [...account, keys.group('1')]) expect(reaches(broker, pk)).toBe(false);

    const { upload, staticFile, runFile, leaderboard, treeFile, stepFile } = objectKeys;
    expect(upload('w', 'g', 'f')).toMatch(/^w\/.*\/groups\/./);
    expect(staticFile('w', 'v', 'f')).toMatch(/^w\/.*\/static\/./);
    expect(runFile('w', 'r', 'f')).toMatch(/^w\/.*\/runs\/./);
    expect(leaderboard('w', 1)).toMatch(/^w\/.*\/boards\/./);
    for (const key of [treeFile('r', 'f'), stepFile('r', 0, 1, 'status')]) expect(key).toMatch(/^r\/./);
  });

  it('come neither from managed policies nor from policies in the definition of a role', () => {
    templateOf('test').allResourcesProperties('AWS::IAM::Role', {
      ManagedPolicyArns: Match.absent(),
      Policies: Match.absent(),
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { Decision } from '../infra/edges/edge.ts';
import { architecture, compareEdges, edgeText } from '../infra/edges/judge.ts';
import { decide } from '../infra/edges/own-evaluator.ts';
import { probes } from '../infra/edges/probes.ts';
import { stages } from '../infra/stages.ts';
import { simulate, witness } from './iam-evaluator.ts';

describe.each(Object.entries(stages))('a maintained evaluator of IAM, of stage %s', (name, settings) => {
  const { stack, permissions, edges } = architecture(name, settings);

  it('decides every edge of the architecture as intended, and all permissions are used', async () => {
    expect(compareEdges(permissions, edges, await witness(permissions, edges))).toEqual([]);
  });

  it('agrees with our own evaluator, with conditions met, unmet and absent', async () => {
    const requests = probes(stack, permissions);
    expect(requests.length).toBeGreaterThan(1000);
    const verdicts = await witness(permissions, requests);
    const different = requests.flatMap((request, index) => {
      const [own, other] = [decide(permissions, request).decision, verdicts[index]?.decision];
      return own === other ? [] : [`${own} by us, ${other} by the witness: ${edgeText(request)}`];
    });
    expect(different).toEqual([]);
  });
});

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/some`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/some/session`;
const TABLE = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/some`;
const OBJECT = 'arn:aws:s3:::some/key';
const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const items = { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: TABLE };
const ofAccounts = { 'dynamodb:LeadingKeys': ['USER#*', 'TOKEN#*'] };
const objects = { Effect: 'Allow', Action: 's3:GetObject', Resource: OBJECT };
const rejected = { Effect: 'Deny', Action: 's3:*', Resource: OBJECT };

/** Policies for rules of the IAM documentation. */
const policies = {
  items: policy(items),
  'denied items': policy(items, { ...items, Effect: 'Deny' }),
  'items of accounts': policy({ ...items, Condition: { 'ForAllValues:StringLike': ofAccounts } }),
  'items of no account': policy(items, {
    ...items,
    Effect: 'Deny',
    Condition: { 'ForAnyValue:StringLike': ofAccounts },
  }),
  'items when named': policy({ ...items, Condition: { Null: { 'dynamodb:LeadingKeys': 'false' } } }),
  'object of one version': policy({
    ...objects,
    Condition: { StringEquals: { 's3:authType': 'REST-HEADER' } },
  }),
  object: policy(objects),
  'of the role only': policy({
    ...rejected,
    NotPrincipal: { AWS: [ROLE, `arn:aws:iam::${ACCOUNT}:root`, SESSION] },
  }),
  'of another only': policy({ ...rejected, NotPrincipal: { AWS: `arn:aws:iam::${ACCOUNT}:role/other` } }),
  open: policy({ ...objects, Principal: { AWS: ROLE } }),
};

describe('the evaluator implements the rule', () => {
  it.each<[string, Decision, keyof typeof policies, (readonly string[])?]>([
    ['that the default is a denial', 'not allowed', 'object'],
    ['that an explicit denial takes precedence', 'denied', 'denied items'],
    ['that all values of ForAllValues must match', 'allowed', 'items of accounts', ['USER#1', 'TOKEN#1']],
    [
      'that ForAllValues fails if one value does not match',
      'not allowed',
      'items of accounts',
      ['USER#1', 'RUN#1'],
    ],
    ['that ForAllValues matches without a value', 'allowed', 'items of accounts'],
    ['that one value of ForAnyValue is enough', 'denied', 'items of no account', ['RUN#1', 'USER#1']],
    ['that ForAnyValue fails without a value', 'allowed', 'items of no account'],
    ['that Null checks whether a key is present', 'not allowed', 'items when named'],
    ['that Null accepts a present key', 'allowed', 'items when named', ['RUN#1']],
  ])('%s', async (_what, decision, role, leadingKeys) => {
    const contextVariables: Record<string, readonly string[]> = leadingKeys
      ? { 'dynamodb:LeadingKeys': leadingKeys }
      : {};
    const resource = { resource: TABLE, accountId: ACCOUNT };
    const request = { principal: SESSION, action: 'dynamodb:GetItem', resource, contextVariables };
    expect(await simulate(policies, [{ role, request }])).toEqual([expect.objectContaining({ decision })]);
  });

  it.each<[string, Decision, keyof typeof policies, (keyof typeof policies)?]>([
    ['that StringEquals fails without its key', 'not allowed', 'object of one version'],
    ['that a bucket policy alone can allow access', 'allowed', 'items', 'open'],
    ['that NotPrincipal excludes the principals that it names', 'allowed', 'object', 'of the role only'],
    ['that NotPrincipal denies all others', 'denied', 'object', 'of another only'],
  ])('%s', async (_what, decision, role, guard) => {
    const resource = { resource: OBJECT, accountId: ACCOUNT };
    const request = { principal: SESSION, action: 's3:GetObject', resource, contextVariables: {} };
    expect(await simulate(policies, [{ role, guard, request }])).toEqual([
      expect.objectContaining({ decision }),
    ]);
  });

  it('that requests name actions, resources and condition keys that AWS has', async () => {
    const ask = (action: string, resource: string, contextVariables = {}) =>
      simulate(policies, [
        {
          role: 'items',
          request: {
            principal: SESSION,
            action,
            resource: { resource, accountId: ACCOUNT },
            contextVariables,
          },
        },
      ]);
    await expect(ask('dynamodb:GetItems', TABLE)).rejects.toThrow('invalid.action');
    await expect(ask('dynamodb:GetItem', OBJECT)).rejects.toThrow('no.resource.types');
    await expect(ask('dynamodb:GetItem', TABLE, { 'ecs:cluster': 'c' })).rejects.toThrow(
      'no key ecs:cluster',
    );
  });
});

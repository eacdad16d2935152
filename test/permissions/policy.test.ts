import { describe, expect, it } from 'vitest';
import type { Demand } from './need.ts';
import { allows, type PolicyCondition, type Statement } from './policy.ts';

/** IAM's rules, limited to those that the product's policies use. */
const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/t';
const demand = (action: string, resource: string, context: Demand['context'] = {}): Demand => ({
  action,
  resource,
  context,
});
const allow = (actions: string, resources: string, ...conditions: PolicyCondition[]): Statement => ({
  effect: 'Allow',
  actions: [actions],
  resources: [resources],
  conditions,
});
const deny = (actions: string, resources: string): Statement => ({
  ...allow(actions, resources),
  effect: 'Deny',
});
const condition = (operator: string, key: string, ...values: string[]) => ({ operator, key, values });

describe('a policy', () => {
  it('allows only what a statement names', () => {
    const get = demand('dynamodb:GetItem', table);
    expect(allows([], get)).toBe(false);
    expect(allows([allow('dynamodb:GetItem', table)], get)).toBe(true);
    expect(allows([allow('dynamodb:PutItem', table)], get)).toBe(false);
    expect(allows([allow('dynamodb:GetItem', `${table}2`)], get)).toBe(false);
  });

  it('gives precedence to a denial', () => {
    const get = demand('dynamodb:GetItem', table);
    expect(allows([allow('*', '*'), deny('dynamodb:GetItem', table)], get)).toBe(false);
    expect(allows([allow('*', '*'), deny('dynamodb:PutItem', table)], get)).toBe(true);
    expect(allows([deny('dynamodb:PutItem', table)], get)).toBe(false);
  });

  it('supports wildcards in actions, in any case, and in resources', () => {
    const get = demand('s3:GetObject', 'arn:aws:s3:::data/w/1/runs/2/a.b');
    for (const action of ['s3:Get*', 'S3:getobject', 's3:Ge?Object', '*']) {
      expect([action, allows([allow(action, '*')], get)]).toEqual([action, true]);
    }
    expect(allows([allow('s3:Get?Object', '*')], get)).toBe(false);
    const bucket = 'arn:aws:s3:::data';
    for (const resource of ['*', 'w/*', 'w/?/runs/*', 'w/*/runs/*', 'w/1/runs/2/a.b']) {
      expect([resource, allows([allow('s3:*', `${bucket}/${resource}`)], get)]).toEqual([resource, true]);
    }
    for (const resource of ['', '/', '/w/*/groups/*', '/W/*', '/w/1/runs/2/aXb', '/r/*']) {
      expect([resource, allows([allow('s3:*', bucket + resource)], get)]).toEqual([resource, false]);
    }
  });

  it('keeps a wildcard within its part of an ARN', () => {
    const start = demand('states:StopExecution', 'arn:aws:states:eu-west-1:1:execution:flowserv-dev-a:r');
    expect(allows([allow('*', 'arn:aws:states:*:1:execution:flowserv-dev-*:*')], start)).toBe(true);
    expect(allows([allow('*', 'arn:aws:states:*:execution:flowserv-dev-*:*')], start)).toBe(false);
    expect(allows([allow('*', 'arn:*:flowserv-dev-a:r')], start)).toBe(false);
  });

  it('compares texts exactly, or with wildcards', () => {
    const pass = demand('iam:PassRole', 'arn:aws:iam::1:role/r', { 'iam:PassedToService': ['ecs.x'] });
    const when = (operator: string, ...values: string[]) =>
      allows([allow('iam:PassRole', '*', condition(operator, 'iam:PassedToService', ...values))], pass);
    expect(when('StringEquals', 'ecs.x')).toBe(true);
    expect(when('StringEquals', 'other', 'ecs.x')).toBe(true);
    expect(when('StringEquals', 'ecs.*')).toBe(false);
    expect(when('StringLike', 'ecs.*')).toBe(true);
    expect(when('StringLike', 'ecsX*')).toBe(false);
  });

  it('compares ARNs', () => {
    const run = demand('ecs:RunTask', '*', { 'ecs:cluster': ['arn:aws:ecs:r:1:cluster/flowserv-dev'] });
    for (const operator of ['ArnEquals', 'ArnLike']) {
      const when = (value: string) =>
        allows([allow('*', '*', condition(operator, 'ecs:cluster', value))], run);
      expect(when('arn:aws:ecs:r:1:cluster/flowserv-dev')).toBe(true);
      expect(when('arn:aws:ecs:*:1:cluster/*')).toBe(true);
      expect(when('arn:aws:ecs:r:1:cluster/flowserv-prod')).toBe(false);
      expect(when('arn:*')).toBe(false);
    }
  });

  it('requires every condition, and the key of each condition', () => {
    const both = [condition('StringEquals', 'a', '1'), condition('StringLike', 'b', '2*')];
    const when = (context: Demand['context']) =>
      allows([allow('*', '*', ...both)], demand('s:A', '*', context));
    expect(when({ a: ['1'], b: ['22'] })).toBe(true);
    expect(when({ a: ['1'], b: ['3'] })).toBe(false);
    expect(when({ a: ['1'] })).toBe(false);
    expect(when({})).toBe(false);
  });

  it('allows several values with a set operator only, if each matches', () => {
    const when = (operator: string, keys: readonly string[]) =>
      allows(
        [allow('*', table, condition(operator, 'dynamodb:LeadingKeys', 'USER#*', 'USERS'))],
        demand('dynamodb:GetItem', table, { 'dynamodb:LeadingKeys': keys }),
      );
    expect(when('ForAllValues:StringLike', ['USER#1', 'USERS'])).toBe(true);
    expect(when('ForAllValues:StringLike', ['USER#1', 'RUN#1'])).toBe(false);
    expect(when('ForAllValues:StringLike', [])).toBe(true);
    expect(when('StringLike', ['USER#1', 'USERS'])).toBe(false);
  });

  it('denies what names one of several keys with `ForAnyValue`', () => {
    const denial = {
      ...deny('*', table),
      conditions: [condition('ForAnyValue:StringLike', 'dynamodb:LeadingKeys', 'USER*')],
    };
    const when = (keys: readonly string[]) =>
      allows([allow('*', '*'), denial], demand('dynamodb:GetItem', table, { 'dynamodb:LeadingKeys': keys }));
    expect(when(['USERS'])).toBe(false);
    expect(when(['RUN#1', 'USER#1'])).toBe(false);
    expect(when(['RUN#1'])).toBe(true);
    expect(when([])).toBe(true);
  });

  it('with an unsupported operator is an error', () => {
    const exotic = allow('*', '*', condition('NumericLessThan', 'a', '1'));
    expect(() => allows([exotic], demand('s:A', '*', { a: ['0'] }))).toThrow('NumericLessThan');
    expect(() => allows([exotic], demand('s:A', '*'))).toThrow('NumericLessThan');
  });
});

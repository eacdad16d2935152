import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { TABLE } from '../../infra/local/names.ts';
import { templateOf } from '../infra/synthesised.ts';
import { compare } from './comparison.ts';
import type { Exception } from './exceptions.ts';
import { type Caller, callers, type Need } from './need.ts';
import type { Statement } from './policy.ts';
import { type Roles, synthesisedRoles } from './synthesised-roles.ts';

/** The roles of the real template, and needs that are derived from them. */
const template = templateOf('local', { mailFrom: 'robot@example.org' });
const roles = synthesisedRoles(template);

/** Uses each permission of each role once, and each value of a condition. */
const needs = [...roles].flatMap(([caller, statements]) =>
  statements.flatMap((statement) => needsFor(caller, statement)),
);

function needsFor(caller: Caller, { effect, actions, resources, conditions }: Statement): Need[] {
  if (effect === 'Deny') return [];
  const concrete = (pattern: string) => (pattern === '*' ? '*' : pattern.replaceAll('*', '1'));
  const contexts = conditions.flatMap(({ key, values }) =>
    values.map((value) => ({ [key]: [concrete(value)] })),
  );
  return actions.flatMap((action) =>
    resources.flatMap((resource) =>
      (contexts.length > 0 ? contexts : [{}]).map((context) => ({
        caller,
        action,
        resource: concrete(resource),
        context,
      })),
    ),
  );
}

/** The roles with one role's statements changed. */
const changed = (caller: Caller, change: (statements: readonly Statement[]) => Statement[]): Roles =>
  new Map([...roles].map(([each, own]) => [each, each === caller ? change(own) : own]));

describe('the roles of a template', () => {
  it('are those of all functions and of the state machines', () => {
    expect([...roles.keys()].toSorted()).toEqual([...callers].toSorted());
    for (const statements of roles.values()) expect(statements.length).toBeGreaterThan(1);
  });

  it('have the names of the local stack', () => {
    const all = [...roles.values()].flat();
    const resources = new Set(all.flatMap((statement) => statement.resources));
    const regionAndAccount = 'us-east-1:000000000000';
    for (const arn of [
      `arn:aws:dynamodb:${regionAndAccount}:table/${TABLE}`,
      `arn:aws:dynamodb:${regionAndAccount}:table/${TABLE}/index/due`,
      'arn:aws:s3:::flowserv-local-data/w/*/runs/*',
      'arn:aws:s3:::flowserv-local-work',
      `arn:aws:sqs:${regionAndAccount}:flowserv-local-leaderboard`,
      `arn:aws:states:${regionAndAccount}:execution:flowserv-local-*:*`,
      `arn:aws:lambda:${regionAndAccount}:function:flowserv-local-next-step`,
      `arn:aws:ecs:${regionAndAccount}:task/flowserv-local/*`,
      `arn:aws:logs:${regionAndAccount}:log-group:/flowserv/local/functions/api:*`,
      'arn:aws:iam::000000000000:role/flowserv-local-execution',
    ]) {
      expect(resources).toContain(arn);
    }
    const clusters = all.flatMap(({ conditions }) => conditions.filter(({ key }) => key === 'ecs:cluster'));
    expect(clusters.flatMap(({ values }) => values)).toEqual([
      `arn:aws:ecs:${regionAndAccount}:cluster/flowserv-local`,
    ]);
  });

  it('are an error if a policy contains unsupported elements', () => {
    for (const part of [{ NotAction: 's3:*' }, { NotResource: '*' }, { Resource: { Ref: 'Nothing' } }]) {
      expect(() => synthesisedRoles(withStatement(part))).toThrow(/NotAction|NotResource|Nothing/);
    }
  });
});

/** The template with one more statement in every policy. */
function withStatement(part: object): Template {
  const document = structuredClone(template.toJSON());
  for (const resource of Object.values<{ Type: string; Properties: object }>(document.Resources)) {
    if (resource.Type !== 'AWS::IAM::Policy') continue;
    const { PolicyDocument } = Object(resource.Properties);
    PolicyDocument.Statement.push({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...part });
  }
  return Template.fromJSON(document);
}

describe('comparing roles with needs', () => {
  it('reports nothing if each permission is used and each need is allowed', () => {
    expect(compare(roles, needs, [])).toEqual([]);
  });

  it('reports every permission without a need', () => {
    const lines = compare(roles, [], []);
    expect(lines).toContain('unused: api: s3:ListBucket arn:aws:s3:::flowserv-local-data');
    expect(lines).toContain(
      'unused: machine: ecs:StopTask arn:aws:ecs:us-east-1:000000000000:task/flowserv-local/*',
    );
    expect(lines.every((line) => line.startsWith('unused: '))).toBe(true);
    expect(lines.length).toBeGreaterThan(50);
  });

  it('reports a removed permission as missing', () => {
    const without = changed('dispatch', (own) =>
      own.filter(({ actions }) => !actions.includes('states:StartExecution')),
    );
    expect(compare(without, needs, [])).toEqual([
      'missing: dispatch: states:StartExecution arn:aws:states:us-east-1:000000000000:stateMachine:flowserv-local-1',
    ]);
  });

  it('reports a denied permission as missing, and the denied actions as unused', () => {
    const denied: Statement = {
      effect: 'Deny',
      actions: ['states:*'],
      resources: ['*'],
      conditions: [],
    };
    const lines = compare(
      changed('dispatch', (own) => [...own, denied]),
      needs,
      [],
    );
    expect(lines.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'missing: dispatch: states:StartExecution',
      'unused: dispatch: states:StartExecution',
    ]);
  });

  it('reports an added permission as unused, also for an additional resource or key', () => {
    const more = (statement: Partial<Statement>): Statement => ({
      effect: 'Allow',
      actions: ['dynamodb:Scan'],
      resources: ['*'],
      conditions: [],
      ...statement,
    });
    const scan = changed('broker', (own) => [...own, more({})]);
    expect(compare(scan, needs, [])).toEqual(['unused: broker: dynamodb:Scan *']);
    const bucket = changed('broker', (own) =>
      own.map((each) => ({
        ...each,
        resources: each.actions.includes('s3:PutObject')
          ? [...each.resources, 'arn:aws:s3:::x/*']
          : each.resources,
      })),
    );
    expect(compare(bucket, needs, [])).toEqual(['unused: broker: s3:PutObject arn:aws:s3:::x/*']);
    const key = changed('broker', (own) =>
      own.map((each) => ({
        ...each,
        conditions: each.conditions.map((one) => ({ ...one, values: [...one.values, 'TOKEN#*'] })),
      })),
    );
    expect(compare(key, needs, [])).toEqual([
      'unused: broker: dynamodb:BatchGetItem,dynamodb:GetItem if dynamodb:LeadingKeys is TOKEN#*',
      'unused: broker: dynamodb:PutItem,dynamodb:UpdateItem if dynamodb:LeadingKeys is TOKEN#*',
    ]);
  });

  it('reports a need of another partition than the role may reach', () => {
    const [token] = needs.filter(({ caller, context }) =>
      Boolean(caller === 'auth' && context['dynamodb:LeadingKeys']?.includes('TOKEN#1')),
    );
    const elsewhere = {
      action: '',
      resource: '',
      ...token,
      caller: 'broker' as const,
      context: token?.context ?? {},
    };
    const lines = compare(roles, [...needs, { ...elsewhere, action: 'dynamodb:GetItem' }], []);
    expect(lines).toEqual([
      `missing: broker: dynamodb:GetItem arn:aws:dynamodb:us-east-1:000000000000:table/${TABLE} dynamodb:LeadingKeys=TOKEN#1`,
    ]);
  });

  it('ignores what an exception covers, and reports an exception that covers nothing', () => {
    const logs: Exception = { callers: ['api', 'auth'], actions: ['logs:PutLogEvents'], reason: 'r' };
    const unlogged = needs.filter(({ caller, action }) => caller !== 'api' || action !== 'logs:PutLogEvents');
    expect(compare(roles, unlogged, [{ ...logs, callers: ['api'] }])).toEqual([]);
    expect(compare(roles, unlogged, [logs])).toEqual(['needless exception: auth: logs:PutLogEvents (r)']);
  });
});

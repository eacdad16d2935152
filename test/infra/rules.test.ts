import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnResource, Validations } from 'aws-cdk-lib';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ALL_SETTINGS, ISOLATED, WITH_GPU } from './all-settings.ts';
import { stages as templateStages } from './stages.ts';
import { type Synthesised, synthesised } from './synthesised.ts';

const stages = {
  'with its defaults': {},
  'with every setting': ALL_SETTINGS,
  'without a route to the web': ISOLATED,
  'with GPUs': WITH_GPU,
};

let made: Synthesised | undefined;
afterEach(() => made?.remove());

const findings = ({ app, stack }: Synthesised) =>
  new AwsSolutionsChecks(app)
    .validateScope(stack)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );

describe.each(Object.entries(stages))('a stage %s', (_, settings) => {
  it('has no finding of the AwsSolutions rules without a reason', () => {
    made = synthesised('test', settings);
    expect(findings(made)).toEqual([]);
  });

  it('has no reason for a finding that does not exist', () => {
    made = synthesised('test', settings);
    const reasons = acknowledged(made.stack);
    expect(reasons.length).toBeGreaterThan(10);
    const unreasoned = synthesised('test', settings);
    forget(unreasoned.stack);
    const found = new Set(findings(unreasoned).map((finding) => finding.split(' ')[0]));
    unreasoned.remove();
    expect(reasons.filter(({ id }) => !found.has(id))).toEqual([]);
    for (const { reason } of reasons) expect(reason.length).toBeGreaterThan(15);
  });

  it('satisfies the CloudFormation rules that CDK ships', () => expectNoViolation(settings));
});

it.each(['dev', 'prod', 'bare'] as const)(
  'the stage %s satisfies the CloudFormation rules that CDK ships',
  (name) => expectNoViolation(templateStages[name]),
);

function expectNoViolation(settings: object): void {
  made = synthesised('test', settings);
  const { directory } = made.app.synth();
  const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8'));
  const violations = z
    .object({ pluginReports: z.array(z.object({ violations: z.array(z.unknown()) })) })
    .parse(report)
    .pluginReports.flatMap((plugin) => plugin.violations);
  expect(violations).toEqual([]);
}

describe('the rules', () => {
  it('find a bucket without protection', () => {
    made = synthesised();
    new CfnBucket(made.stack, 'Open');
    expect(findings(made).join()).toContain('AwsSolutions-S10');
  });

  it('stop the synthesis of a template that CloudFormation would reject', () => {
    const { app, stack, remove } = synthesised();
    made = { app, stack, remove };
    new CfnResource(stack, 'Wrong', { type: 'AWS::SQS::Queue', properties: { Bogus: 1 } });
    expect(() => app.synth()).toThrow('Bogus');
  });
});

const KEY = Validations.ACKNOWLEDGED_RULES_METADATA_KEY;
const given = z.record(z.string(), z.string());

/** Our own reasons below a construct; CDK records some of its own. */
function acknowledged(construct: IConstruct): { id: string; reason: string }[] {
  const own = construct.node.metadata
    .filter(({ type }) => type === KEY)
    .flatMap(({ data }) => Object.entries(given.parse(data)))
    .map(([id, reason]) => ({ id: id.replace(/^annotation::/i, ''), reason }))
    .filter(({ id }) => id.startsWith('AwsSolutions-'));
  return [...own, ...construct.node.children.flatMap(acknowledged)];
}

/** Removes all reasons. `metadata` is a copy, so its entries are emptied. */
function forget(construct: IConstruct): void {
  for (const { type, data } of construct.node.metadata) {
    if (type === KEY) for (const id of Object.keys(Object(data))) Reflect.deleteProperty(Object(data), id);
  }
  for (const child of construct.node.children) forget(child);
}

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Severity } from '../../../infra/preflight/finding.ts';
import { runPreflight } from '../../../infra/preflight/preflight.ts';
import { version } from '../../../shared/api/version.ts';
import { runFlowserv } from '../../bin/run-cli.ts';
import { crowdedAccount, goodAccount, newAccount, stackResponses } from './accounts.ts';
import { type Answers, denied, type FakeAccount, queryResponse, startAccount } from './fake-account.ts';

let account: FakeAccount | undefined;
afterEach(() => account?.close());

/** Runs the checks as the command does, but in this process, since loading the CDK takes longer than all checks. */
async function report(responses: Answers) {
  account = await startAccount(responses);
  for (const [name, value] of Object.entries(account.env)) vi.stubEnv(name, value);
  const { findings, ...where } = await runPreflight({ stage: 'dev' });
  const of = (severity: Severity) =>
    findings.filter((finding) => finding.severity === severity).map((finding) => finding.check);
  const find = (name: string) => findings.find((finding) => finding.check === name);
  return { where, findings, of, find };
}

describe('flowserv aws check', () => {
  it('reports no problem for an account that is ready for the stage', async () => {
    const { where, findings, of } = await report(goodAccount);

    expect(where).toMatchObject({ account: '123456789012', region: 'eu-central-1' });
    expect(of('fine')).toEqual([
      'credentials',
      'stack',
      'bootstrap',
      'ECS role',
      'names',
      'VPCs',
      'Fargate',
      'Lambda',
      'CloudFront',
    ]);
    expect(findings).toHaveLength(9);
  });

  it('changes nothing', async () => {
    await report(goodAccount);

    for (const call of account?.calls ?? []) expect(call).toMatch(/^(Get|List|Describe)/);
  });

  it('lists the commands that prepare a new account', async () => {
    const { of, find } = await report(newAccount);

    expect(of('stops')).toEqual(['bootstrap', 'ECS role']);
    expect(of('hurts')).toEqual(['Fargate', 'Lambda']);
    expect(of('information')).toEqual(['CloudFront']);
    expect(find('bootstrap')?.commands).toEqual(['npx cdk bootstrap aws://123456789012/eu-central-1']);
    expect(find('ECS role')?.commands).toEqual([
      'aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com',
    ]);
    expect(find('Fargate')?.commands).toEqual([
      'aws service-quotas request-service-quota-increase --service-code fargate --quota-code L-3032A538 --desired-value 6 --region eu-central-1',
    ]);
    expect(find('Lambda')?.message).toContain('may run 10 concurrent instances. This stage may want 42');
    expect(find('CloudFront')?.message).toContain('cloudFront: false');
  });

  it('lists names of the stack that other resources use, and a region without room for a VPC', async () => {
    const { of, find } = await report(crowdedAccount);

    expect(of('stops')).toEqual(['names', 'VPCs']);
    expect(find('names')?.message).toContain(
      'log group /flowserv/dev/network, queue flowserv-dev-mail, response headers policy flowserv-dev-eu-central-1-headers.',
    );
    expect(find('names')?.commands[0]).toBe(
      'aws logs delete-log-group --log-group-name /flowserv/dev/network --region eu-central-1',
    );
    expect(find('VPCs')?.message).toContain('has 5 VPCs and may have 5');
  });

  it('accepts names of resources that are in its stack', async () => {
    const ids = ['NetworkFlowLog1F1901E0', 'Queuesmail12CBB6AE'];
    const { find } = await report({ ...crowdedAccount, ...stackResponses('CREATE_COMPLETE', ids) });

    expect(find('names')?.message).toMatch(
      /stack: response headers policy flowserv-dev-eu-central-1-headers\./,
    );
  });

  it('reports a denied call as not checked with the missing action, and continues', async () => {
    const { of, find } = await report({
      ...goodAccount,
      GetServiceQuota: denied('GetServiceQuota', 'servicequotas:GetServiceQuota'),
      GetAccountSettings: denied('GetAccountSettings'),
      ListResources: {
        status: 400,
        body: {
          __type: 'GeneralServiceException',
          Message:
            'AWS::EC2::VPC Handler returned status FAILED: You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/eve is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows it (HandlerErrorCode: GeneralServiceException)',
        },
      },
    });

    expect(of('unchecked')).toEqual(['names', 'VPCs', 'Fargate', 'Lambda', 'CloudFront']);
    expect(find('Fargate')?.message).toContain('lack servicequotas:GetServiceQuota.');
    expect(find('Lambda')?.message).toContain('lack lambda:GetAccountSettings.');
    expect(of('fine')).toEqual(['credentials', 'stack', 'bootstrap', 'ECS role']);
  });

  it('says how to fix a stuck stack', async () => {
    const { find } = await report({ ...goodAccount, ...stackResponses('ROLLBACK_FAILED', [], true) });

    expect(find('stack')?.commands).toEqual([
      expect.stringContaining('describe-stack-events --stack-name flowserv-dev'),
      expect.stringContaining('--no-enable-termination-protection'),
      'aws cloudformation delete-stack --stack-name flowserv-dev --region eu-central-1',
    ]);
  });

  it('distinguishes the stack of another product, which a deployment would replace, from its own', async () => {
    const other = stackResponses('CREATE_COMPLETE', [], false, { Url: 'x' }, 'Something else');
    const { of, find } = await report({ ...goodAccount, ...other });

    expect(of('stops')).toEqual(['stack']);
    expect(find('stack')?.message).toContain('does not belong to flowServ');
  });

  it('looks for workflows to recompile in a stage of this release, and later in one of another', async () => {
    const deployed = (release: string) => ({
      ...goodAccount,
      ...stackResponses('UPDATE_COMPLETE', [], false, {
        Release: release,
        AwsRegion: 'eu-central-1',
        FlowservTable: 'flowserv-dev',
      }),
      Query: { body: { Items: [], Count: 0, ScannedCount: 0 } },
    });

    const same = await report(deployed(version));
    expect(same.find('workflows')).toMatchObject({ severity: 'fine' });
    await account?.close();
    const other = await report(deployed('0.0.1'));
    expect(other.find('workflows')?.message).toContain('Release 0.0.1 is deployed');
    await account?.close();
    const { Query: _query, ...withoutRight } = deployed(version);
    expect((await report(withoutRight)).find('workflows')).toMatchObject({ severity: 'unchecked' });
  });

  it('stops immediately if AWS does not accept the credentials', async () => {
    const { findings } = await report({});

    expect(findings.map(({ check, severity }) => [check, severity])).toEqual([['credentials', 'stops']]);
    expect(account?.calls).toEqual(['GetCallerIdentity']);
  });

  it('stops immediately in a region of another partition, which the template does not support', async () => {
    const [arn, id] = ['arn:aws-cn:sts::123456789012:assumed-role/Admin/ada', '123456789012'];
    const GetCallerIdentity = queryResponse('GetCallerIdentity', `<Arn>${arn}</Arn><Account>${id}</Account>`);
    const { findings } = await report({ GetCallerIdentity });

    expect(findings).toMatchObject([{ check: 'credentials', severity: 'stops' }]);
    expect(findings[0]?.message).toContain('partition "aws" only');
  });

  it('shows the most serious findings first, wraps sentences, and keeps commands whole', async () => {
    account = await startAccount(newAccount);

    const { code, stdout, stderr } = await runFlowserv(['aws', 'check'], { env: account.env });

    expect(code).toBe(1);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('flowserv-dev, account 123456789012, region eu-central-1');
    expect(lines.filter((line) => /^\S/.test(line)).slice(1)).toEqual([
      'Stops the deployment',
      'Warnings',
      'Worth knowing',
      'Fine',
      '2 stop the deployment, 2 warnings.',
    ]);
    expect(lines.filter((line) => !line.includes('$ ') && line.length > 100)).toEqual([]);
    expect(stdout).toContain('  $ npx cdk bootstrap aws://123456789012/eu-central-1\n');
  });

  it('ends with 0 and prints JSON when nothing stops the deployment', async () => {
    account = await startAccount(goodAccount);

    const { code, stdout } = await runFlowserv(['aws', 'check', '--json'], { env: account.env });

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      stage: 'dev',
      account: '123456789012',
      findings: expect.arrayContaining([
        { check: 'VPCs', severity: 'fine', message: '1 of 5 in use', commands: [] },
      ]),
    });
  });
});

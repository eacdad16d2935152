import { describe, expect, it } from 'vitest';
import { stageOf } from '../../../infra/aws/stage.ts';
import { checksOf } from '../../../infra/preflight/checks.ts';
import { judgeBootstrap } from '../../../infra/preflight/rules/bootstrap.ts';
import { judgeCertificate } from '../../../infra/preflight/rules/certificate.ts';
import { judgeConcurrency } from '../../../infra/preflight/rules/concurrency.ts';
import { judgeFargate } from '../../../infra/preflight/rules/fargate.ts';
import { judgeGpu } from '../../../infra/preflight/rules/gpu.ts';
import { judgeMail } from '../../../infra/preflight/rules/mail.ts';
import { judgeSecrets } from '../../../infra/preflight/rules/secrets.ts';
import { judgeStack } from '../../../infra/preflight/rules/stack.ts';
import { ecrLocation, judgeStagingCopy } from '../../../infra/preflight/rules/staging-copy.ts';
import { judgeWorkflows } from '../../../infra/preflight/rules/workflows.ts';
import { ALL_SETTINGS, ISOLATED, WITH_GPU } from '../all-settings.ts';

const here = { account: '123456789012', region: 'eu-central-1' };
const domain = {
  name: 'bench.example.org',
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b',
};
const now = new Date('2026-11-30T00:00:00Z');
const issued = { status: 'ISSUED', names: ['bench.example.org'], notAfter: new Date('2027-11-30T00:00:00Z') };

describe('installed workflows', () => {
  const due = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `W${index}`, reasons: ['the cluster changed'] }));

  it('are fine if none has to be compiled again', () => {
    expect(judgeWorkflows('flowserv-dev', []).severity).toBe('fine');
  });

  it('that have to be compiled again are listed, at most five of them, with the command', () => {
    expect(judgeWorkflows('flowserv-dev', due(1)).message).toMatch(/: W0\.$/);
    const { severity, message, commands } = judgeWorkflows('flowserv-dev', due(7));
    expect(severity).toBe('hurts');
    expect(message).toMatch(/: W0, W1, W2, W3, W4 and 2 more\.$/);
    expect(commands.at(-1)).toBe('npx flowserv --stack flowserv-dev workflows recompile --all');
  });
});

describe('secrets that the settings name', () => {
  const arn = (region = 'eu-central-1', account = '123456789012') =>
    `arn:aws:secretsmanager:${region}:${account}:secret:ecr-pullthroughcache/hub-AbCdEf`;
  const cache = { of: 'docker.io', use: 'cache' as const, arn: arn(), exists: true };
  const login = { ...cache, of: 'ghcr.io/lab', use: 'login' as const };
  const severities = (...secrets: Parameters<typeof judgeSecrets>[0]) =>
    judgeSecrets(secrets, here).map(({ severity }) => severity);

  it('are fine if they exist', () => {
    expect(severities(cache, login)).toEqual(['fine']);
  });

  it('stop the deployment if ECR would not find them: it rejects its rules', () => {
    expect(severities({ ...cache, exists: false })).toEqual(['stops']);
    expect(severities({ ...cache, arn: arn('us-east-1') })).toEqual(['stops']);
    expect(severities({ ...cache, arn: arn('eu-central-1', '210987654321') })).toEqual(['stops']);
  });

  it('are a warning if only tasks or runs at remote engines would not find them', () => {
    expect(severities({ ...login, exists: false }, cache)).toEqual(['hurts']);
    expect(severities({ ...login, of: 'cern', use: 'token', exists: false })).toEqual(['hurts']);
  });
});

describe('the image that stages files', () => {
  const image =
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com/flowserv-dev/ecr/docker/library/node:24-alpine';
  const judged = (exists: boolean, deployed: boolean) =>
    judgeStagingCopy({ image, exists, deployed, architecture: 'ARM64' });

  it('needs a copy if tasks have no route to the internet, which can be created after a deployment', () => {
    expect(judged(true, true).severity).toBe('fine');
    expect(judged(false, false).severity).toBe('information');
    const { severity, commands } = judged(false, true);
    expect(severity).toBe('hurts');
    expect(commands).toEqual([
      'aws ecr get-login-password --region eu-central-1 | docker login --username AWS --password-stdin 123456789012.dkr.ecr.eu-central-1.amazonaws.com',
      `docker pull --platform linux/arm64 ${image}`,
    ]);
  });

  it('is looked up in the repository of its name', () => {
    expect(ecrLocation(image)).toEqual({ ...here, repository: 'flowserv-dev/ecr/docker/library/node' });
    expect(ecrLocation(image.replace(':24-alpine', '@sha256:0a1b')).repository).toMatch(/node$/);
  });
});

describe('what a stage needs of images', () => {
  const checksFor = (settings: object) =>
    checksOf({
      stage: stageOf('dev', settings),
      template: { stackName: 'flowserv-dev', bootstrap: { parameter: '/x', version: 6 }, resources: {} },
      caller: { ...here, arn: 'arn:aws:iam::123456789012:user/ada' },
      options: { region: 'eu-central-1', maxAttempts: 1 },
      signal: AbortSignal.abort(),
      now,
    })
      .map(({ name }) => name)
      .filter((name) => ['secrets', 'staging image', 'GPU'].includes(name));

  it('is looked up in the registries of its settings', () => {
    expect(checksFor({})).toEqual([]);
    expect(checksFor(ALL_SETTINGS)).toEqual(['secrets']);
    expect(checksFor(ISOLATED)).toEqual(['staging image']);
    expect(checksFor(WITH_GPU)).toEqual(['GPU']);
  });
});

describe('the quota of instances with a GPU', () => {
  it('is compared with the vCPUs of all instances, as their type names them', () => {
    const judged = (quota: number, instanceType: string, instances: number) =>
      judgeGpu(quota, { instanceType, instances }, 'eu-central-1');
    expect(judged(8, 'g5.xlarge', 2).severity).toBe('fine');
    expect(judged(63, 'g6.8xlarge', 2)).toMatchObject({
      severity: 'hurts',
      message: expect.stringContaining('2 × g6.8xlarge with 64'),
      commands: [expect.stringContaining('--quota-code L-DB2E81BA --desired-value 64')],
    });
  });
});

describe('a stack', () => {
  const severityOf = (status: string, isProtected = false) =>
    judgeStack('flowserv-dev', { status, protected: isProtected, isOwn: true }, here).severity;

  it('can be deployed in every state that CloudFormation updates', () => {
    for (const status of ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE', 'REVIEW_IN_PROGRESS']) {
      expect(severityOf(status)).toBe('fine');
    }
  });

  it('must not be deployed while it is being changed', () => {
    for (const status of ['CREATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'DELETE_IN_PROGRESS']) {
      expect(severityOf(status)).toBe('stops');
    }
  });

  it('that was rolled back is deleted by CDK, unless it is protected', () => {
    expect(severityOf('ROLLBACK_COMPLETE')).toBe('information');
    expect(severityOf('ROLLBACK_COMPLETE', true)).toBe('stops');
  });

  it('that is stuck after an update has a command to roll it back', () => {
    const { severity, commands } = judgeStack(
      'flowserv-dev',
      { status: 'UPDATE_ROLLBACK_FAILED', reason: 'no rights', protected: false, isOwn: true },
      here,
    );
    expect(severity).toBe('stops');
    expect(commands).toContain('npx cdk rollback flowserv-dev -c stage=dev');
  });
});

describe("a stack of another product with the stage's name", () => {
  it.each(['CREATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'DELETE_FAILED', 'ROLLBACK_COMPLETE'])(
    'stops the deployment in state %s, and no command changes it',
    (status) => {
      const { severity, message, commands } = judgeStack(
        'flowserv-dev',
        { status, protected: true, isOwn: false },
        here,
      );
      expect(severity).toBe('stops');
      expect(message).toContain('choose another name for the stage');
      expect(commands).toEqual([]);
    },
  );
});

describe('the bootstrap version', () => {
  it('must be at least the one that the template requires', () => {
    expect(judgeBootstrap('5', 6, here).severity).toBe('stops');
    expect(judgeBootstrap('6', 6, here).severity).toBe('fine');
    expect(judgeBootstrap('29', 6, here).severity).toBe('fine');
  });
});

describe('a certificate', () => {
  const severityOf = (...args: Parameters<typeof judgeCertificate>) => judgeCertificate(...args).severity;

  it('is fine if it is issued for the name, also by a wildcard for one label', () => {
    expect(severityOf(domain, issued, here.account, now)).toBe('fine');
    expect(severityOf(domain, { ...issued, names: ['*.example.org'] }, here.account, now)).toBe('fine');
    expect(severityOf(domain, { ...issued, names: ['*.org'] }, here.account, now)).toBe('stops');
  });

  it('stops the deployment if it is absent, pending, for another name or of another account', () => {
    expect(severityOf(domain, undefined, here.account, now)).toBe('stops');
    expect(severityOf(domain, { ...issued, status: 'PENDING_VALIDATION' }, here.account, now)).toBe('stops');
    expect(severityOf(domain, { ...issued, names: ['example.org'] }, here.account, now)).toBe('stops');
    expect(severityOf(domain, issued, '210987654321', now)).toBe('stops');
  });

  it('is a warning if it expires soon', () => {
    const soon = { ...issued, notAfter: new Date('2026-12-10T00:00:00Z') };
    expect(severityOf(domain, soon, here.account, now)).toBe('hurts');
  });
});

describe('the concurrency of functions', () => {
  const { steps } = stageOf('test', {});
  const settings = { capacity: 6, steps, reservedConcurrency: {} };
  const judge = (total: number, unreserved: number, reserved: object, deployed: boolean) =>
    judgeConcurrency(
      { total, unreserved },
      { ...settings, reservedConcurrency: reserved },
      deployed,
      'eu-central-1',
    );

  it('is a warning below the sum of queues, calls of each minute, runs and requests', () => {
    expect(judge(41, 41, {}, false).severity).toBe('hurts');
    expect(judge(42, 42, {}, false).severity).toBe('fine');
  });

  it('must leave 100 instances in addition to those that the stage reserves', () => {
    expect(judge(1000, 150, { auth: 51 }, false).severity).toBe('stops');
    expect(judge(1000, 150, { auth: 50 }, false).severity).toBe('fine');
    expect(judge(1000, 100, { auth: 50 }, true).severity).toBe('fine');
  });
});

describe('the quota of vCPUs on Fargate', () => {
  it('is a warning below the capacity, which is counted in vCPU', () => {
    expect(judgeFargate(6, 6, 'eu-central-1').severity).toBe('fine');
    expect(judgeFargate(6, 7, 'eu-central-1').message).toContain('set capacity to 6');
  });
});

describe('mail', () => {
  it('is a warning for an unverified sender, in the sandbox, and if sending is disabled', () => {
    const judged = (state: Parameters<typeof judgeMail>[1]) =>
      judgeMail('bench@example.org', state, 'eu-central-1').map(({ severity }) => severity);

    expect(judged({ production: true, sending: true, verified: true })).toEqual(['fine']);
    expect(judged({ production: false, sending: false, verified: false })).toEqual([
      'hurts',
      'hurts',
      'hurts',
    ]);
  });
});

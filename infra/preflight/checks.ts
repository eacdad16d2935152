import { version } from '../../shared/api/version.ts';
import { normaliseImage } from '../../shared/engine/image-reference.ts';
import { pulledImage } from '../../shared/engine/image-source.ts';
import { createResources } from '../account-resources.ts';
import { imageSources } from '../aws/image-caches.ts';
import type { Stage } from '../aws/stage.ts';
import { RELEASE_OUTPUT } from '../output-names.ts';
import { findCertificate } from './calls/certificate.ts';
import type { ClientOptions } from './calls/clients.ts';
import { readConcurrency } from './calls/functions.ts';
import type { Caller } from './calls/identity.ts';
import { readMailState } from './calls/mail.ts';
import { readQuota } from './calls/quotas.ts';
import { findStack } from './calls/stack.ts';
import { findDue } from './calls/workflows.ts';
import { fine, type Verdict } from './finding.ts';
import { judgeBootstrap } from './rules/bootstrap.ts';
import { judgeCertificate } from './rules/certificate.ts';
import { judgeConcurrency } from './rules/concurrency.ts';
import { judgeEdge } from './rules/edge.ts';
import { FARGATE_QUOTA, judgeFargate } from './rules/fargate.ts';
import { GPU_QUOTA, judgeGpu } from './rules/gpu.ts';
import { judgeMail } from './rules/mail.ts';
import { judgeNames } from './rules/names.ts';
import { judgeNetworks, VPC_QUOTA } from './rules/networks.ts';
import { isHere, judgeSecrets, type NamedSecret } from './rules/secrets.ts';
import { ECS_ROLE, judgeServiceRole } from './rules/service-role.ts';
import { judgeStack } from './rules/stack.ts';
import { ecrLocation, judgeStagingCopy } from './rules/staging-copy.ts';
import { judgeOtherRelease, judgeWorkflows } from './rules/workflows.ts';
import { takenNames } from './taken-names.ts';
import type { StageTemplate } from './template.ts';
import { wantedNames } from './wanted-names.ts';

/** One check of the account. */
export interface Check {
  readonly name: string;
  /** Action of IAM that its call needs. */
  readonly action: string;
  /** Returns the verdict. @throws the SDK's error if there is no response */
  judge(): Promise<Verdict | readonly Verdict[]>;
}

/** Inputs of the checks. */
export interface CheckParts {
  readonly stage: Stage;
  readonly template: StageTemplate;
  readonly caller: Caller;
  readonly options: ClientOptions;
  readonly signal: AbortSignal;
  readonly now: Date;
}

/** Returns all checks of a stage, except those that its settings do not need. */
export function checksOf(parts: CheckParts): Check[] {
  const stack = findStack(parts.options, parts.template.stackName, parts.signal);
  // Each check that waits for the promise sees its error.
  stack.catch(() => undefined);
  const lookups = { ...parts, stack, resources: createResources(parts.options, parts.signal) };
  return [
    ...deploymentChecks(lookups),
    ...quotaChecks(lookups),
    ...settingChecks(lookups),
    workflowCheck(lookups),
  ];
}

interface Lookups extends CheckParts {
  readonly stack: ReturnType<typeof findStack>;
  readonly resources: ReturnType<typeof createResources>;
}

/** Requirements of CloudFormation and CDK. */
function deploymentChecks({ template, caller, stack, resources }: Lookups): Check[] {
  const { stackName, bootstrap } = template;
  return [
    {
      name: 'stack',
      action: 'cloudformation:DescribeStacks',
      judge: async () => judgeStack(stackName, await stack, caller),
    },
    {
      name: 'bootstrap',
      action: 'ssm:GetParameters',
      async judge() {
        const parameter = await resources.find('AWS::SSM::Parameter', bootstrap.parameter);
        return judgeBootstrap(parameter && String(parameter.Value), bootstrap.version, caller);
      },
    },
    {
      name: 'ECS role',
      action: 'iam:GetRole',
      async judge() {
        const role = await resources.find('AWS::IAM::Role', ECS_ROLE);
        return judgeServiceRole(role !== undefined, (await stack) !== undefined);
      },
    },
    {
      name: 'names',
      action: 'cloudformation:GetResource',
      async judge() {
        const there = (await stack)?.resources ?? new Set();
        const missing = wantedNames(template.resources, caller).filter(
          ({ logicalId }) => !there.has(logicalId),
        );
        return judgeNames(await takenNames(resources, missing), missing.length, caller.region);
      },
    },
  ];
}

function quotaChecks({ stage, caller, options, signal, stack, resources, template }: Lookups): Check[] {
  const { region } = caller;
  return [
    {
      name: 'VPCs',
      action: 'ec2:DescribeVpcs',
      async judge() {
        const vpcs = Object.entries(template.resources).filter(([, { Type }]) => Type === 'AWS::EC2::VPC');
        const there = (await stack)?.resources;
        if (vpcs.every(([id]) => there?.has(id))) return fine('all belong to the stack');
        const [list, quota] = await Promise.all([
          resources.list('AWS::EC2::VPC'),
          readQuota(options, VPC_QUOTA, signal),
        ]);
        return judgeNetworks(list.length, quota, region);
      },
    },
    {
      name: 'Fargate',
      action: 'servicequotas:GetServiceQuota',
      judge: async () =>
        judgeFargate(await readQuota(options, FARGATE_QUOTA, signal), stage.capacity, region),
    },
    {
      name: 'Lambda',
      action: 'lambda:GetAccountSettings',
      async judge() {
        const [concurrency, found] = await Promise.all([readConcurrency(options, signal), stack]);
        return judgeConcurrency(concurrency, stage, found !== undefined, region);
      },
    },
  ];
}

/** Installed workflows; no check for a stack that is not deployed. */
function workflowCheck({ template: { stackName }, options, stack }: Lookups): Check {
  return {
    name: 'workflows',
    action: 'dynamodb:Query',
    async judge() {
      const release = (await stack)?.outputs[RELEASE_OUTPUT];
      if (release === undefined) return [];
      if (release !== version) return judgeOtherRelease(release, version);
      return judgeWorkflows(stackName, await findDue(options, (await stack)?.outputs ?? {}));
    },
  };
}

/** Checks that only some settings need. */
function settingChecks(lookups: Lookups): Check[] {
  const { stage, caller, options, signal, resources, now } = lookups;
  const { cloudFront, domain, gpu, mailFrom } = stage;
  const checks: Check[] = [];
  if (gpu) {
    checks.push({
      name: 'GPU',
      action: 'servicequotas:GetServiceQuota',
      judge: async () => judgeGpu(await readQuota(options, GPU_QUOTA, signal), gpu, caller.region),
    });
  }
  if (cloudFront) {
    checks.push({
      name: 'CloudFront',
      action: 'cloudfront:ListDistributions',
      judge: async () => judgeEdge((await resources.list('AWS::CloudFront::Distribution')).length > 0),
    });
  }
  if (domain) {
    checks.push({
      name: 'certificate',
      action: 'acm:DescribeCertificate',
      async judge() {
        const certificate = await findCertificate(options, domain.certificateArn, signal);
        return judgeCertificate(domain, certificate, caller.account, now);
      },
    });
  }
  if (mailFrom !== undefined) {
    checks.push({
      name: 'mail',
      action: 'ses:GetAccount',
      judge: async () => judgeMail(mailFrom, await readMailState(options, mailFrom, signal), caller.region),
    });
  }
  return [...checks, ...imageChecks(lookups)];
}

/** Requirements for pulling images. */
function imageChecks({ stage, caller, stack, resources: { find } }: Lookups): Check[] {
  const checks: Check[] = [];
  const secrets = namedSecrets(stage);
  if (secrets.length > 0) {
    checks.push({
      name: 'secrets',
      action: 'secretsmanager:DescribeSecret',
      async judge() {
        const exists = async (secret: NamedSecret) =>
          !isHere(secret, caller) || (await find('AWS::SecretsManager::Secret', secret.arn)) !== undefined;
        const found = secrets.map(async (secret) => ({ ...secret, exists: await exists(secret) }));
        return judgeSecrets(await Promise.all(found), caller);
      },
    });
  }
  const ecr = `${caller.account}.dkr.ecr.${caller.region}.amazonaws.com`;
  const registries = { sources: imageSources(stage, ecr), logins: [] };
  const { image } = pulledImage(normaliseImage(stage.stagingImage), registries, false);
  if (stage.network === 'isolated' && image.startsWith(`${ecr}/`)) {
    checks.push({
      name: 'staging image',
      action: 'ecr:DescribeRepositories',
      async judge() {
        const repository = await find('AWS::ECR::Repository', ecrLocation(image).repository);
        const deployed = (await stack) !== undefined;
        const { architecture } = stage;
        return judgeStagingCopy({ image, exists: repository !== undefined, deployed, architecture });
      },
    });
  }
  return checks;
}

const namedSecrets = ({ imageCaches, registryLogins, engines, volumes }: Stage): NamedSecret[] => [
  ...Object.entries(imageCaches).flatMap(([registry, login]) =>
    typeof login === 'string' ? [{ of: registry, arn: login, use: 'cache' as const }] : [],
  ),
  ...Object.entries(registryLogins).map(([registry, { secretArn }]) => ({
    of: registry,
    arn: secretArn,
    use: 'login' as const,
  })),
  ...engines.flatMap(({ id, tokenSecret }) =>
    tokenSecret === undefined ? [] : [{ of: id, arn: tokenSecret, use: 'token' as const }],
  ),
  ...volumes.flatMap(({ id, credentialsSecret }) =>
    credentialsSecret === undefined ? [] : [{ of: id, arn: credentialsSecret, use: 'volume' as const }],
  ),
];

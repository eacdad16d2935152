/** A stage with every setting that adds or changes resources. */
export const ALL_SETTINGS = {
  production: false,
  mailFrom: 'bench@example.org',
  alarmEmail: 'ops@example.org',
  monthlyBudget: 200,
  imageRepositories: ['benchmarks/*'],
  engines: [
    {
      id: 'cern',
      kind: 'reana',
      url: 'https://reana.example.org',
      tokenSecret: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:reana/token-AbCdEf',
    },
    { id: 'open', kind: 'wes', url: 'https://wes.example.org/ga4gh/wes/v1' },
  ],
  volumes: [
    {
      id: 'lab',
      type: 'sftp',
      args: { hostname: 'data.example.org', basedir: '/srv', host_key: `SHA256:${'A'.repeat(43)}` },
      credentialsSecret: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:lab/login-AbCdEf',
    },
    { id: 'archive', type: 's3', args: { bucket: 'archive-of-the-lab', prefix: 'flowserv/' } },
    { id: 'open-data', type: 's3', args: { bucket: 'open-data' }, readOnly: true },
  ],
  architecture: 'ARM64',
  prices: { date: '2026-11-01', region: 'eu-central-1', disk: 0.000133, instances: { 'g5.xlarge': 1.258 } },
  imageMirrors: { 'docker.io/library': 'public.ecr.aws/docker/library' },
  imageCaches: {
    'public.ecr.aws': true,
    'docker.io':
      'arn:aws:secretsmanager:eu-central-1:123456789012:secret:ecr-pullthroughcache/public-images-AbCdEf',
  },
  registryLogins: {
    'ghcr.io/lab': {
      secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:registry/lab-AbCdEf',
      keyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555',
    },
  },
  webAclArn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/people/0a1b',
  domain: {
    name: 'bench.example.org',
    certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555',
  },
};

/** A stage whose tasks have no access to the internet. */
export const ISOLATED = {
  production: false,
  network: 'isolated',
  imageCaches: { 'public.ecr.aws': true },
};

/** A stage whose tasks use a NAT gateway, with instances for steps with a GPU. */
export const WITH_GPU = {
  production: false,
  network: 'private',
  gpu: { instanceType: 'g5.xlarge', instances: 3 },
};

/** A stage with every setting that adds or changes resources. */
export const ALL_SETTINGS = {
  production: false,
  mailFrom: 'bench@example.org',
  alarmEmail: 'ops@example.org',
  imageRepositories: ['benchmarks/*'],
  webAclArn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/people/0a1b',
  domain: {
    name: 'bench.example.org',
    certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555',
  },
};

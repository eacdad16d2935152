/** What a check cannot do without; a local stack has none of these. */
export const needs = {
  cloudfront: 'CloudFront in front of the API',
  gateway: 'API Gateway',
  fargate: 'containers made of images',
  alarms: 'alarms of CloudWatch',
  logs: 'logs of CloudWatch',
  policies: 'policies of buckets',
  time: 'patience: it runs when --only names it',
} as const;
export type Need = keyof typeof needs;

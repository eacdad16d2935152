/** Requirements of checks; a local stack meets none of them. */
export const needs = {
  cloudfront: 'CloudFront in front of the API',
  gateway: 'API Gateway',
  fargate: 'containers made of images',
  alarms: 'alarms of CloudWatch',
  logs: 'logs of CloudWatch',
  policies: 'policies of buckets',
  time: 'time: it runs only if --only names it',
} as const;
export type Need = keyof typeof needs;

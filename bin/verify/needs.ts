/** What checks need, as completions of 'a local stack has no …'. `time` is met by naming the check in `--only`. */
export const needs = {
  cloudfront: 'CloudFront in front of the API',
  gateway: 'API Gateway',
  fargate: 'containers with images',
  alarms: 'CloudWatch alarms',
  logs: 'CloudWatch logs',
  policies: 'bucket policies',
  time: 'time: it runs only if --only names it',
} as const;
export type Need = keyof typeof needs;

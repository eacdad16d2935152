/** Requirements of checks; each completes the sentence 'a local stack has no …'. `--only` provides `time`. */
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

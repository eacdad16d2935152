/** A quota by its names in Service Quotas. */
export interface Quota {
  readonly service: string;
  readonly code: string;
}

export const raiseQuota = ({ service, code }: Quota, value: number, region: string): string =>
  `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${value} --region ${region}`;

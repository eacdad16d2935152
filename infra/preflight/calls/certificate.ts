import { ACMClient, DescribeCertificateCommand, ResourceNotFoundException } from '@aws-sdk/client-acm';
import type { Certificate } from '../rules/certificate.ts';
import type { ClientOptions } from './clients.ts';

/** Undefined if no certificate has that ARN. CloudFront's certificates are in us-east-1. */
export async function findCertificate(
  options: ClientOptions,
  arn: string,
  signal: AbortSignal,
): Promise<Certificate | undefined> {
  const client = new ACMClient({ ...options, region: 'us-east-1' });
  try {
    const command = new DescribeCertificateCommand({ CertificateArn: arn });
    const { Certificate: found } = await client.send(command, { abortSignal: signal });
    return {
      status: found?.Status ?? 'UNKNOWN',
      names: found?.SubjectAlternativeNames ?? [found?.DomainName ?? ''],
      notAfter: found?.NotAfter,
    };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

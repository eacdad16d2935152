import { fine, hurts, stops, type Verdict } from '../finding.ts';

/** ACM's description of a certificate. */
export interface Certificate {
  readonly status: string;
  /** Its domain names, such as `*.example.org`. */
  readonly names: readonly string[];
  readonly notAfter: Date | undefined;
}

const DAY_MS = 86_400_000;
/** Days before the end of a certificate at which its renewal must have failed: ACM renews from 60 days before it. */
const SOON_DAYS = 30;

/** @param certificate undefined if no certificate has that ARN */
export function judgeCertificate(
  domain: { readonly name: string; readonly certificateArn: string },
  certificate: Certificate | undefined,
  account: string,
  now: Date,
): Verdict {
  const { name, certificateArn } = domain;
  const show = `aws acm describe-certificate --certificate-arn ${certificateArn} --region us-east-1`;
  if (certificateArn.split(':')[4] !== account) {
    return stops(`The certificate of the domain belongs to another account: ${certificateArn}.`);
  }
  if (!certificate) {
    return stops(
      `The certificate ${certificateArn} does not exist.`,
      `aws acm request-certificate --domain-name ${name} --validation-method DNS --region us-east-1`,
    );
  }
  const { status, names, notAfter } = certificate;
  if (status !== 'ISSUED') {
    return stops(
      `The certificate of the domain is ${status}: CloudFront accepts only issued certificates.`,
      show,
    );
  }
  if (!names.some((pattern) => covers(pattern, name))) {
    return stops(`The certificate of the domain is for ${names.join(', ')}, not for ${name}.`, show);
  }
  const days = notAfter && Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS);
  if (days !== undefined && days < SOON_DAYS) {
    return hurts(`The certificate of the domain expires in ${days} days and was not renewed.`, show);
  }
  return fine(`issued for ${name}`);
}

/** A wildcard stands for one label (RFC 6125, 6.4.3). */
function covers(pattern: string, name: string): boolean {
  if (pattern.toLowerCase() === name.toLowerCase()) return true;
  if (!pattern.startsWith('*.')) return false;
  const dot = name.indexOf('.');
  return dot > 0 && name.slice(dot).toLowerCase() === pattern.slice(1).toLowerCase();
}

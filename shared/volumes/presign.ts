import { createHash, createHmac } from 'node:crypto';
import { timestamp } from '../ids.ts';

/**
 * Creates pre-signed S3 links with our own code, because the broker signs up to 1,000 links per request, and one
 * signature takes microseconds here. Rules: AWS S3, "Authenticating requests: using query parameters (Signature
 * Version 4)".
 */

export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface LinkRequest {
  readonly method: 'GET' | 'PUT' | 'HEAD';
  readonly bucket: string;
  readonly key: string;
  /** Lifetime of the link in seconds, at most `MAX_LINK_SECONDS`. */
  readonly expiresIn: number;
  /** Headers that the request must carry exactly, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Query parameters such as `response-content-disposition`. */
  readonly query?: Readonly<Record<string, string>>;
}

export const MAX_LINK_SECONDS = 900;

/** Returns when a link expires that is created now with the longest lifetime, in the API's time format. */
export const linkExpiry = (now: Date): string => timestamp(new Date(now.getTime() + MAX_LINK_SECONDS * 1000));

/** Percent-encoding of RFC 3986, as Signature Version 4 requires. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text, 'utf8').digest();

/** Signs links for one identity and region. The day's signing key is kept between calls. */
export function createLinkSigner(options: {
  readonly identity: () => Promise<SigningIdentity>;
  readonly region: string;
  /** Path-style endpoint such as `http://127.0.0.1:9000`; by default AWS's virtual-hosted names. */
  readonly endpoint?: string;
  readonly now?: () => Date;
  /** Maximum lifetime of a link; only checks of S3's behaviour set a longer one. */
  readonly longestSeconds?: number;
}) {
  const { region, endpoint, now = () => new Date(), longestSeconds = MAX_LINK_SECONDS } = options;
  let kept: { readonly id: string; readonly key: Buffer } | undefined;

  const signingKey = (identity: SigningIdentity, day: string): Buffer => {
    const id = `${identity.accessKeyId}/${day}`;
    if (kept?.id !== id) {
      const dayKey = hmac(`AWS4${identity.secretAccessKey}`, day);
      kept = { id, key: hmac(hmac(hmac(dayKey, region), 's3'), 'aws4_request') };
    }
    return kept.key;
  };

  const locate = (bucket: string, key: string) => {
    const path = key.split('/').map(encode).join('/');
    if (!endpoint) return { origin: `https://${bucket}.s3.${region}.amazonaws.com`, path: `/${path}` };
    return { origin: endpoint, path: `/${bucket}/${path}` };
  };

  /** Returns a link for one object and one method. */
  return async (request: LinkRequest): Promise<string> => {
    const identity = await options.identity();
    const time = now()
      .toISOString()
      .replace(/[-:]|\.\d{3}/g, '');
    const day = time.slice(0, 8);
    const scope = `${day}/${region}/s3/aws4_request`;
    const { origin, path } = locate(request.bucket, request.key);
    const headers: Record<string, string> = { ...request.headers, host: new URL(origin).host };
    const signed = Object.keys(headers).sort();
    const query: Record<string, string> = {
      ...request.query,
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${identity.accessKeyId}/${scope}`,
      'X-Amz-Date': time,
      'X-Amz-Expires': String(Math.min(request.expiresIn, longestSeconds)),
      'X-Amz-SignedHeaders': signed.join(';'),
      ...(identity.sessionToken ? { 'X-Amz-Security-Token': identity.sessionToken } : {}),
    };
    const queryText = Object.entries(query)
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join('&');
    const canonical = [
      request.method,
      path,
      queryText,
      ...signed.map((name) => `${name}:${headers[name]?.trim()}`),
      '',
      signed.join(';'),
      'UNSIGNED-PAYLOAD',
    ].join('\n');
    const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join(
      '\n',
    );
    const signature = createHmac('sha256', signingKey(identity, day)).update(text).digest('hex');
    return `${origin}${path}?${queryText}&X-Amz-Signature=${signature}`;
  };
}

import { createHash, createHmac } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { clientOptions } from '../../shared/clients.ts';
import type { Config } from '../../shared/config.ts';

/** The keys of whoever runs this. */
export const identityOf = async (config: Config) =>
  new S3Client(clientOptions(config, config.endpoints.s3)).config.credentials();

/** SHA-256 as the signer takes it. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('each signature has a hash of its own');
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * A link to an object of the bucket `data` that was signed a while ago and lasts longer than the product's own: what
 * somebody with its keys might make, who does not keep to its 15 minutes.
 */
export async function oldLink(
  config: Config,
  key: string,
  { ageSeconds, expiresIn }: { readonly ageSeconds: number; readonly expiresIn: number },
): Promise<string> {
  const signer = new SignatureV4({
    service: 's3',
    region: config.region,
    credentials: await identityOf(config),
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const hostname = `${config.dataBucket}.s3.${config.region}.amazonaws.com`;
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: `/${key}`,
    headers: { host: hostname },
  };
  const signingDate = new Date(Date.now() - ageSeconds * 1000);
  const { query = {} } = await signer.presign(request, { expiresIn, signingDate });
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return `https://${hostname}/${key}?${search}`;
}

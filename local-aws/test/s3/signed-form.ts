import { credentialScope } from '../../aws/canonical-request.ts';
import { BUCKET, KEYS, REGION, s3Signer } from './running-s3.ts';

/** What a form holds, and the conditions of its policy. */
export interface Form {
  readonly conditions?: readonly unknown[];
  readonly fields?: Record<string, string>;
  readonly file?: string | Uint8Array;
  readonly filename?: string;
  readonly expiration?: string;
  readonly secret?: string;
  readonly bucket?: string;
}

const timestamp = () => new Date().toISOString().replace(/[-:]|\.\d+/g, '');
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** The fields of a form with a signed policy: conditions for what authenticates it, and those given. */
export async function signedFields(form: Form): Promise<Record<string, string>> {
  const date = timestamp();
  const authentication = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${KEYS.accessKeyId}/${credentialScope(date, REGION, 's3')}`,
    'X-Amz-Date': date,
  };
  const conditions = [
    { bucket: BUCKET },
    ...Object.entries(authentication).map(([name, value]) => ({ [name]: value })),
    ...(form.conditions ?? []),
  ];
  const document = JSON.stringify({ expiration: form.expiration ?? inAnHour(), conditions });
  const policy = Buffer.from(document).toString('base64');
  const signature = await s3Signer(form.secret).sign(policy);
  return { ...form.fields, ...authentication, Policy: policy, 'X-Amz-Signature': signature };
}

/** A form with its file, which comes last. */
export function multipart(fields: Record<string, string>, form: Form): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  const file = form.file ?? 'content';
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  data.append('file', new Blob([new Uint8Array(bytes)]), form.filename ?? 'data.csv');
  return data;
}

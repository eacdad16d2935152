import type { IncomingMessage } from 'node:http';
import { SignatureError, type VerifyOptions, verifyPostPolicy } from '../aws/signature.ts';
import { consume, expectedMd5, MAX_UPLOAD_BYTES } from './body.ts';
import type { S3Reply, Storage } from './call.ts';
import { checksumHeaders, declaredChecksum } from './checksums.ts';
import type { StoredObject } from './object-index.ts';
import { quoted, storeObject } from './objects.ts';
import { type PostForm, readPostForm } from './post-form.ts';
import { type AllowedSize, enforcePolicy } from './post-policy.ts';
import { accessDenied, invalidArgument, S3Error } from './s3-error.ts';
import { xmlDocument } from './xml.ts';

/** Who sent a form, and the key that it went to. */
export interface PostedForm {
  readonly reply: S3Reply;
  readonly accessKeyId: string;
  readonly key: string;
}

/**
 * Takes a browser's upload form (PostObject). Its policy is what authenticates it: a form without one is
 * refused.
 *
 * @throws S3Error, SignatureError
 */
export async function postObject(
  storage: Storage,
  request: IncomingMessage,
  bucket: string,
  options: VerifyOptions,
): Promise<PostedForm> {
  if (request.headers['content-length'] === undefined) {
    throw new S3Error(411, 'MissingContentLength', 'the Content-Length header must be given');
  }
  const form = await readPostForm(request);
  try {
    return await takeForm(storage, form, bucket, options);
  } finally {
    form.skipRest();
  }
}

async function takeForm(
  storage: Storage,
  form: PostForm,
  bucket: string,
  options: VerifyOptions,
): Promise<PostedForm> {
  const { accessKeyId, policy } = authenticateForm(form, options);
  const key = (form.fields.get('key') ?? '').replaceAll('${filename}', () => form.filename);
  if (key === '') throw invalidArgument("Bucket POST must contain a field named 'key'");
  const fields = new Map([...form.fields, ['key', key]]);
  const allowed = enforcePolicy(policy, fields, bucket, options.now ?? new Date());
  const object = await storeObject(storage, { bucket, key, headers: fields }, async (sink) => {
    const received = await receiveFile(form, fields, allowed, sink);
    await form.ended;
    return received;
  });
  return { reply: successReply(fields, bucket, key, object), accessKeyId, key };
}

function authenticateForm({ fields }: PostForm, options: VerifyOptions) {
  const policy = fields.get('policy');
  if (!policy) throw accessDenied();
  const authentication = {
    policy,
    algorithm: fields.get('x-amz-algorithm') ?? '',
    credential: fields.get('x-amz-credential') ?? '',
    date: fields.get('x-amz-date') ?? '',
    signature: fields.get('x-amz-signature') ?? '',
  };
  if (Object.values(authentication).includes('')) {
    throw new SignatureError('AccessDenied', 'the form lacks a field that authenticates it');
  }
  return { ...verifyPostPolicy(authentication, options), policy };
}

async function receiveFile(
  form: PostForm,
  fields: ReadonlyMap<string, string>,
  allowed: AllowedSize,
  sink: (chunk: Uint8Array) => Promise<void>,
) {
  const declared = declaredChecksum(fields);
  const expectations = {
    maxBytes: Math.min(allowed.max, MAX_UPLOAD_BYTES),
    md5: expectedMd5(fields),
    checksum: declared,
  };
  const received = await consume(form.file, expectations, sink);
  if (received.size < allowed.min) {
    throw new S3Error(400, 'EntityTooSmall', 'the upload is smaller than the policy allows', {
      ProposedSize: String(received.size),
      MinSizeAllowed: String(allowed.min),
    });
  }
  return received;
}

/** The answer that the form asks for: a page to go on to, or a status (PostObject, form fields). */
function successReply(
  fields: ReadonlyMap<string, string>,
  bucket: string,
  key: string,
  object: StoredObject,
): S3Reply {
  const location = `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  const headers = { etag: quoted(object.etag), location, ...checksumHeaders(object.checksum) };
  const redirect = redirectTarget(fields.get('success_action_redirect'));
  if (redirect) {
    redirect.searchParams.set('bucket', bucket);
    redirect.searchParams.set('key', key);
    redirect.searchParams.set('etag', headers.etag);
    return { status: 303, headers: { ...headers, location: redirect.href } };
  }
  const status = fields.get('success_action_status');
  if (status === '200') return { status: 200, headers };
  if (status !== '201') return { status: 204, headers };
  const body = xmlDocument('PostResponse', {
    Location: location,
    Bucket: bucket,
    Key: key,
    ETag: headers.etag,
  });
  return { status: 201, headers: { ...headers, 'content-type': 'application/xml' }, body };
}

function redirectTarget(text: string | undefined): URL | undefined {
  const url = text ? URL.parse(text) : null;
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url : undefined;
}

import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { clientOptions } from '../../../shared/clients.ts';
import { objectKeys } from '../../../shared/volumes/keys.ts';
import { createLinkSigner, MAX_LINK_SECONDS } from '../../../shared/volumes/presign.ts';
import { ask, field, type Reply } from '../ask.ts';
import { type Check, hold } from '../check.ts';
import type { World } from '../world.ts';

const TEXT = 'a file of a participant\n';

const statusOf = ({ status, text }: Reply) => ({
  status,
  code: /<Code>(\w+)<\/Code>/.exec(text)?.[1],
  message: /<Message>([^<]*)<\/Message>/.exec(text)?.[1],
});

/** Uploads a small file; returns its key and a link that the API created for it. */
async function linkedFile({ target, member, probe }: World) {
  const { client, token, groupId } = await member('one');
  const { id } = await client.files.upload(groupId, new Blob([TEXT]), 'links.txt');
  const reply = await ask('GET', `${target.url}/uploads/${groupId}/files/${id}?link=json`, {
    headers: { api_key: token },
  });
  const link = field(reply, 'url');
  hold(typeof link === 'string', 'the API returned no link', { status: reply.status, body: reply.text });
  return { link, key: objectKeys.upload(await probe(), groupId, id) };
}

/** Replaces the character at the end of a match. */
const changed = (text: string, pattern: RegExp) =>
  text.replace(pattern, (match) => `${match.slice(0, -1)}${match.endsWith('a') ? 'b' : 'a'}`);

const links: Check = {
  id: 'links',
  title: 'a link is valid only for its object and its method',
  proves: 'S3 accepts the links that a function signs with its role, and rejects every change of them',
  needs: [],
  minutes: 3,
  async run(world) {
    const { link } = await linkedFile(world);
    const right = await ask('GET', link);
    const wrong = {
      'changed path': await ask('GET', changed(link, /^[^?]+/)),
      'changed signature': await ask('GET', changed(link, /X-Amz-Signature=[0-9a-f]+/)),
      'longer life': await ask('GET', changed(link, /X-Amz-Expires=\d+/)),
      'PUT instead of GET': await ask('PUT', link, { body: 'other' }),
      'DELETE instead of GET': await ask('DELETE', link),
    };
    const seen = Object.fromEntries(Object.entries(wrong).map(([what, reply]) => [what, statusOf(reply)]));
    hold(right.status === 200 && right.text === TEXT, 'the link is not valid', statusOf(right));
    const refused = Object.values(seen).every(({ status }) => status === 403 || status === 400);
    hold(refused, 'a changed link is not rejected', seen);
    const again = await ask('GET', link);
    hold(again.text === TEXT, 'the object changed', statusOf(again));
    return { right: right.status, ...seen };
  },
};

const MINUTE = 60;
const HOUR = 3600;

/** A link to an object that was signed some time ago, with the keys of the caller. */
function signedAgo({ target }: World, seconds: number, expiresIn: number) {
  const { config } = target;
  const { region, endpoints, dataBucket } = config;
  const sign = createLinkSigner({
    identity: () => new S3Client(clientOptions(config, endpoints.s3)).config.credentials(),
    region,
    ...(endpoints.links ? { endpoint: endpoints.links } : {}),
    now: () => new Date(Date.now() - seconds * 1000),
    longestSeconds: expiresIn,
  });
  return async (key: string) =>
    statusOf(await ask('GET', await sign({ method: 'GET', bucket: dataBucket, key, expiresIn })));
}

const expiredLinks: Check = {
  id: 'links-expired',
  title: 'an expired link is rejected',
  proves: 'links expire',
  needs: [],
  minutes: 3,
  async run(world) {
    const { key } = await linkedFile(world);
    const seen = {
      'at once': await signedAgo(world, 0, MAX_LINK_SECONDS)(key),
      'after its end': await signedAgo(world, MAX_LINK_SECONDS + MINUTE, MAX_LINK_SECONDS)(key),
    };
    hold(
      seen['at once'].status === 200,
      'a link that is signed here is not valid: the caller may not read',
      seen,
    );
    hold(seen['after its end'].status === 403, 'a link is valid after it expired', seen);
    return seen;
  },
};

const oldLinks: Check = {
  id: 'links-old',
  title: 'a link with a longer lifetime than the product uses is rejected after 15 minutes',
  proves: "the bucket's policy rejects old links and nothing else: `s3:signatureAge` has the assumed meaning",
  needs: ['policies'],
  minutes: 3,
  async run(world) {
    const { key } = await linkedFile(world);
    const seen = {
      'after 1 minute': await signedAgo(world, MINUTE, HOUR)(key),
      'after 16 minutes': await signedAgo(world, MAX_LINK_SECONDS + MINUTE, HOUR)(key),
    };
    hold(seen['after 1 minute'].status === 200, 'a fresh link is rejected', seen);
    hold(seen['after 16 minutes'].status === 403, 'an old link is valid', seen);
    return seen;
  },
};

const checksums: Check = {
  id: 'links-checksum',
  title: 'a link to store an object accepts only the bytes with its checksum',
  proves: 'S3 compares the body with the signed header `x-amz-checksum-sha256`, by which steps store files',
  needs: [],
  minutes: 3,
  async run({ services, stamp }) {
    const bytes = Buffer.from('what a step has made\n');
    const headers = { 'x-amz-checksum-sha256': createHash('sha256').update(bytes).digest('base64') };
    const key = `${objectKeys.runWork(`verify_${stamp}`)}checksum`;
    const link = await services.objects.link('work', { method: 'PUT', key, expiresIn: 300, headers });
    try {
      const other = await ask('PUT', link, { headers, body: Buffer.from('what a step has mode\n') });
      const without = await ask('PUT', link, { body: bytes });
      const right = await ask('PUT', link, { headers, body: bytes });
      const seen = { other: statusOf(other), 'no header': statusOf(without), right: statusOf(right) };
      hold(other.status === 400, 'other bytes are not rejected with 400', seen);
      hold(without.status === 403, 'a request without the header is not rejected with 403', seen);
      hold(right.status === 200, 'the right bytes are rejected', seen);
      return seen;
    } finally {
      await services.objects.remove('work', key);
    }
  },
};

const MIB = 1024 * 1024;

const parts: Check = {
  id: 'upload-parts',
  title: 'a multipart upload is accepted only with the declared length and digest',
  proves:
    'S3 checks the signed `content-length` of links and the `Content-MD5` of parts, and the API checks the completed object',
  needs: [],
  minutes: 5,
  async run({ member }) {
    const { client, groupId } = await member('one');
    const bytes = Buffer.alloc(9 * MIB, 'a file in two parts ');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const begin = (digest: string) =>
      client.files.begin(groupId, { name: 'parts.bin', size: bytes.length, sha256: digest });
    const begun = await begin(sha256);
    const [first, second] = begun.parts.map(({ url }) => url);
    hold(first !== undefined && second !== undefined, 'links to two parts are missing', { begun });
    const [head, tail] = [bytes.subarray(0, begun.partSize), bytes.subarray(begun.partSize)];
    const put = async (url: string, body: Uint8Array, headers = {}) => ask('PUT', url, { body, headers });
    const md5 = createHash('md5').update('other').digest('base64');
    const shorter = await put(first, head.subarray(1));
    const otherSum = await put(first, head, { 'content-md5': md5 });
    const stored = [await put(first, head), await put(second, tail)];
    const sent = stored.map(({ headers }, index) => ({ number: index + 1, etag: headers.etag ?? '' }));
    const file = await client.files.complete(groupId, begun.id, sent);
    const seen = {
      shorter: statusOf(shorter),
      'other MD5': statusOf(otherSum),
      stored: stored.map(({ status }) => status),
      size: file.size,
      'other digest': await otherDigest(begin, put, [head, tail], client, groupId),
    };
    hold(shorter.status === 403, 'a part of another length is not rejected with 403', seen);
    hold(otherSum.status === 400, 'a part with another checksum is not rejected with 400', seen);
    hold(file.size === bytes.length, 'the size of the file differs from the declared one', seen);
    return seen;
  },
};

/** The API's response to a file whose digest differs from the declared one. */
async function otherDigest(
  begin: (sha256: string) => ReturnType<Files['begin']>,
  put: (url: string, body: Uint8Array) => Promise<Reply>,
  pieces: readonly Uint8Array[],
  { files }: { readonly files: Files },
  groupId: string,
): Promise<string> {
  const begun = await begin('0'.repeat(64));
  const sent = [];
  for (const [index, { number, url }] of begun.parts.entries()) {
    const { headers } = await put(url, pieces[index] ?? new Uint8Array());
    sent.push({ number, etag: headers.etag ?? '' });
  }
  try {
    await files.complete(groupId, begun.id, sent);
  } catch (error) {
    // If the API did not abort the upload itself.
    await files.abort(groupId, begun.id).catch(() => {});
    return error instanceof Error ? error.message : String(error);
  }
  hold(false, 'a file whose digest differs from the declared one is accepted');
}

type Files = Awaited<ReturnType<World['member']>>['client']['files'];

/** What links allow, and what S3 checks. */
export const linkChecks: readonly Check[] = [links, expiredLinks, oldLinks, checksums, parts];

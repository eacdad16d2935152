import * as z from 'zod';
import { receiveText } from './body.ts';
import { findBucket, setConfiguration } from './bucket-index.ts';
import { type Operation, type S3Reply, type Storage, xmlReply } from './call.ts';
import { invalidRequest, S3Error } from './s3-error.ts';
import { elements, parseXml, xmlDocument } from './xml.ts';

/** 100 rules and 64 KB (S3 User Guide, "Elements of a CORS configuration"). */
const MAX_RULES = 100;
const MAX_CONFIGURATION_BYTES = 64 * 1024;

const rule = z.object({
  ID: z.string().max(255).optional(),
  AllowedOrigin: elements(z.string()),
  AllowedMethod: elements(z.enum(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'])),
  AllowedHeader: elements(z.string()),
  ExposeHeader: elements(z.string().regex(/^[A-Za-z0-9-]+$/)),
  MaxAgeSeconds: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
});
type CorsRule = z.infer<typeof rule>;

const corsBody = z.object({ CORSConfiguration: z.object({ CORSRule: elements(rule) }) });
const storedRules = z.array(rule);

/** PutBucketCors */
export const putBucketCors: Operation = async ({ database }, call) => {
  const text = await receiveText(call, MAX_CONFIGURATION_BYTES);
  const rules = parseXml(text, corsBody).CORSConfiguration.CORSRule;
  if (rules.length === 0 || rules.length > MAX_RULES) throw invalidRequest(`1 to ${MAX_RULES} rules`);
  for (const each of rules) assertRule(each);
  setConfiguration(database, call.bucket, 'cors', JSON.stringify(rules));
  return { status: 200 };
};

/** GetBucketCors */
export const getBucketCors: Operation = ({ database }, call) => {
  const rules = rulesOf(database, call.bucket);
  if (!rules) {
    throw new S3Error(404, 'NoSuchCORSConfiguration', 'the bucket has no CORS configuration');
  }
  return xmlReply(xmlDocument('CORSConfiguration', { CORSRule: rules }));
};

/** DeleteBucketCors */
export const deleteBucketCors: Operation = ({ database }, call) => {
  setConfiguration(database, call.bucket, 'cors', null);
  return { status: 204 };
};

/**
 * Returns the response to a browser's preflight request.
 *
 * @throws S3Error AccessForbidden when no rule allows it
 */
export function preflight(
  { database }: Storage,
  bucket: string,
  headers: ReadonlyMap<string, string>,
): S3Reply {
  const origin = headers.get('origin');
  const method = headers.get('access-control-request-method');
  if (!origin || !method)
    throw forbidden('an OPTIONS request needs Origin and Access-Control-Request-Method');
  const asked = (headers.get('access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const match = rulesOf(database, bucket)?.find(
    (each) => matches(each, origin, method) && asked.every((name) => allowsHeader(each, name)),
  );
  if (!match) throw forbidden('This CORS request is not allowed');
  return {
    status: 200,
    headers: {
      ...originHeaders(match, origin),
      'access-control-allow-methods': match.AllowedMethod.join(', '),
      ...(asked.length > 0 ? { 'access-control-allow-headers': asked.join(', ') } : {}),
      ...(match.MaxAgeSeconds ? { 'access-control-max-age': match.MaxAgeSeconds } : {}),
    },
  };
}

/** The headers that let a browser's script read a response: those of the first rule that matches, or none. */
export function corsHeaders(
  { database }: Storage,
  bucket: string,
  method: string,
  origin: string | undefined,
): Record<string, string> {
  if (!origin || !bucket) return {};
  const match = rulesOf(database, bucket)?.find((each) => matches(each, origin, method));
  if (!match) return {};
  return {
    ...originHeaders(match, origin),
    'access-control-allow-methods': match.AllowedMethod.join(', '),
    ...(match.ExposeHeader.length > 0
      ? { 'access-control-expose-headers': match.ExposeHeader.join(', ') }
      : {}),
  };
}

function rulesOf(database: Storage['database'], bucket: string): CorsRule[] | undefined {
  const json = findBucket(database, bucket)?.cors;
  return json ? storedRules.parse(JSON.parse(json)) : undefined;
}

function matches(each: CorsRule, origin: string, method: string): boolean {
  return (
    each.AllowedMethod.some((allowed) => allowed === method) &&
    each.AllowedOrigin.some((pattern) => fits(pattern, origin))
  );
}

function allowsHeader(each: CorsRule, name: string): boolean {
  return each.AllowedHeader.some((pattern) => fits(pattern.toLowerCase(), name));
}

/** A pattern has at most one `*`, which matches any text. */
function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}

function originHeaders(each: CorsRule, origin: string): Record<string, string> {
  const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';
  if (each.AllowedOrigin.includes('*')) return { 'access-control-allow-origin': '*', vary };
  return { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', vary };
}

function assertRule(each: CorsRule): void {
  if (each.AllowedOrigin.length === 0 || each.AllowedMethod.length === 0) {
    throw invalidRequest('a CORS rule needs an AllowedOrigin and an AllowedMethod');
  }
  const patterns = [...each.AllowedOrigin, ...each.AllowedHeader];
  if (patterns.some((pattern) => pattern.split('*').length > 2)) {
    throw invalidRequest('an AllowedOrigin or AllowedHeader can hold only one wildcard');
  }
}

function forbidden(message: string): S3Error {
  return new S3Error(403, 'AccessForbidden', `CORSResponse: ${message}`);
}

import * as z from 'zod';
import { accessDenied, S3Error } from './s3-error.ts';

const size = z.union([
  z.int().min(0),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
]);
const condition = z.union([
  z
    .record(z.string(), z.string())
    .refine((fields) => Object.keys(fields).length === 1)
    .transform((fields) => {
      const [[field = '', value = ''] = []] = Object.entries(fields);
      return { kind: 'eq' as const, field: field.toLowerCase(), value };
    }),
  z
    .tuple([z.string().regex(/^(eq|starts-with)$/i), z.string().startsWith('$'), z.string()])
    .transform(([operator, field, value]) => ({
      kind: operator.toLowerCase() === 'eq' ? ('eq' as const) : ('starts-with' as const),
      field: field.slice(1).toLowerCase(),
      value,
    })),
  z
    .tuple([z.string().regex(/^content-length-range$/i), size, size])
    .transform(([, min, max]) => ({ kind: 'length' as const, min, max })),
]);
type Condition = z.infer<typeof condition>;

const policyDocument = z.object({
  expiration: z.iso.datetime({ offset: true }),
  conditions: z.array(condition),
});

/** A form field that needs no condition (S3 API reference, "POST Policy"). */
const UNCONDITIONED = /^(x-amz-signature|policy|file|x-ignore-.*)$/;

/** The sizes of a file that a policy allows, in bytes. */
export interface AllowedSize {
  readonly min: number;
  readonly max: number;
}

/**
 * Holds a form to its policy: it is in force, each of its conditions is met, and each field has a condition.
 *
 * `fields` are by lower-case name, `${filename}` already replaced; `bucket` is the one the form is sent to.
 * Source: S3 API reference, "Creating a POST policy".
 *
 * @param text the policy document in base64, whose signature is verified
 * @returns the sizes allowed, the narrowest of all ranges
 * @throws S3Error AccessDenied, InvalidPolicyDocument
 */
export function enforcePolicy(
  text: string,
  fields: ReadonlyMap<string, string>,
  bucket: string,
  now: Date,
): AllowedSize {
  const policy = parsePolicy(text);
  if (Date.parse(policy.expiration) <= now.getTime()) throw invalidByPolicy('Policy expired.');
  const values = new Map([['bucket', bucket], ...fields]);
  if (values.get('bucket') !== bucket) throw invalidByPolicy('the field bucket names another bucket');
  const covered = new Set<string>();
  let allowed: AllowedSize = { min: 0, max: Number.POSITIVE_INFINITY };
  for (const each of policy.conditions) {
    if (each.kind === 'length') {
      allowed = { min: Math.max(allowed.min, each.min), max: Math.min(allowed.max, each.max) };
      continue;
    }
    if (!holds(each, values.get(each.field))) {
      throw invalidByPolicy(`Policy Condition failed: ["${each.kind}", "$${each.field}", "${each.value}"]`);
    }
    covered.add(each.field);
  }
  const extra = [...fields.keys()].filter((name) => !covered.has(name) && !UNCONDITIONED.test(name));
  if (extra.length > 0) throw invalidByPolicy(`Extra input fields: ${extra.join(', ')}`);
  return allowed;
}

function parsePolicy(text: string): z.infer<typeof policyDocument> {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    throw invalidDocument();
  }
  const result = policyDocument.safeParse(document);
  if (!result.success) throw invalidDocument();
  return result.data;
}

/** A list of content types must meet the condition in every entry. A field that is absent meets none. */
function holds(each: Exclude<Condition, { kind: 'length' }>, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (each.kind === 'eq') return value === each.value;
  const values = each.field === 'content-type' ? value.split(',').map((part) => part.trim()) : [value];
  return values.every((part) => part.startsWith(each.value));
}

function invalidByPolicy(reason: string): S3Error {
  return accessDenied(`Invalid according to Policy: ${reason}`);
}

function invalidDocument(): S3Error {
  return new S3Error(400, 'InvalidPolicyDocument', 'the policy of the form is not a valid policy document');
}

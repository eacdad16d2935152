import * as z from 'zod';
import { receiveText } from './body.ts';
import { findBucket, listStoredBuckets, setConfiguration } from './bucket-index.ts';
import { type Operation, type Storage, xmlReply } from './call.ts';
import type { Database } from './database.ts';
import { afterPrefix, type KeyRange, removeObject, scanObjects } from './object-index.ts';
import { invalidRequest, S3Error } from './s3-error.ts';
import { encodeKey } from './stored-segments.ts';
import { removeUpload, scanUploads } from './upload-index.ts';
import { elements, parseXml, xmlDocument } from './xml.ts';

/** 1,000 rules per bucket (S3 User Guide, "Lifecycle configuration elements"). */
const MAX_RULES = 1000;
const MAX_CONFIGURATION_BYTES = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Objects that are expired per transaction. */
const BATCH = 1000;

const days = z.string().regex(/^[1-9]\d{0,8}$/);

/** The supported actions: expiry by age under a prefix. Other actions are rejected, not ignored. */
const rule = z.strictObject({
  ID: z.string().max(255).optional(),
  Status: z.enum(['Enabled', 'Disabled']),
  Prefix: z.string().optional(),
  Filter: z.union([z.strictObject({ Prefix: z.string() }), z.literal('')]).optional(),
  Expiration: z.strictObject({ Days: days }).optional(),
  AbortIncompleteMultipartUpload: z.strictObject({ DaysAfterInitiation: days }).optional(),
});
type LifecycleRule = z.infer<typeof rule>;

const lifecycleBody = z.object({ LifecycleConfiguration: z.object({ Rule: elements(rule) }) });
const storedRules = z.array(rule);

/** PutBucketLifecycleConfiguration */
export const putBucketLifecycle: Operation = async ({ database }, call) => {
  const text = await receiveText(call, MAX_CONFIGURATION_BYTES);
  const rules = parseXml(text, lifecycleBody).LifecycleConfiguration.Rule;
  if (rules.length === 0 || rules.length > MAX_RULES) throw invalidRequest(`1 to ${MAX_RULES} rules`);
  if (rules.some((each) => !each.Expiration && !each.AbortIncompleteMultipartUpload)) {
    throw invalidRequest('a lifecycle rule needs at least one action');
  }
  setConfiguration(database, call.bucket, 'lifecycle', JSON.stringify(rules));
  return { status: 200 };
};

/** GetBucketLifecycleConfiguration */
export const getBucketLifecycle: Operation = ({ database }, call) => {
  const json = findBucket(database, call.bucket)?.lifecycle;
  if (!json) {
    throw new S3Error(404, 'NoSuchLifecycleConfiguration', 'the bucket has no lifecycle configuration');
  }
  const rules = storedRules.parse(JSON.parse(json));
  return xmlReply(xmlDocument('LifecycleConfiguration', { Rule: rules }));
};

/** DeleteBucketLifecycle */
export const deleteBucketLifecycle: Operation = ({ database }, call) => {
  setConfiguration(database, call.bucket, 'lifecycle', null);
  return { status: 204 };
};

/**
 * Applies the lifecycle rules of every bucket as of `now`: removes expired objects and aborts old unfinished uploads.
 */
export function sweepLifecycle({ database }: Storage, now: Date): void {
  for (const { name, lifecycle } of listStoredBuckets(database)) {
    const rules = lifecycle ? storedRules.parse(JSON.parse(lifecycle)) : [];
    for (const each of rules.filter(({ Status }) => Status === 'Enabled')) {
      const expiry = each.Expiration?.Days;
      if (expiry) expireObjects(database, name, each, createdBefore(now, Number(expiry)));
      const abort = each.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
      if (abort) abortUploads(database, name, each, createdBefore(now, Number(abort)));
    }
  }
}

/**
 * Returns the latest creation time of expired objects. An object expires at its creation plus the days, rounded up to
 * the next midnight UTC (S3 User Guide, "Lifecycle rules: based on an object's age").
 */
function createdBefore(now: Date, ageDays: number): number {
  const midnight = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  return midnight - ageDays * DAY_MS;
}

function rangeOf(each: LifecycleRule): KeyRange {
  const filter = typeof each.Filter === 'object' ? each.Filter.Prefix : undefined;
  const prefix = filter ?? each.Prefix ?? '';
  return { from: encodeKey(prefix), inclusive: true, before: afterPrefix(prefix) };
}

function expireObjects(database: Database, bucket: string, each: LifecycleRule, before: number): void {
  let range = rangeOf(each);
  for (;;) {
    const objects = scanObjects(database, bucket, range, BATCH);
    database.transaction((references) => {
      for (const { key, modified } of objects) {
        if (modified <= before) removeObject(database, references, bucket, key);
      }
    });
    const last = objects.at(-1);
    if (!last || objects.length < BATCH) return;
    range = { ...range, from: encodeKey(last.key), inclusive: false };
  }
}

function abortUploads(database: Database, bucket: string, each: LifecycleRule, before: number): void {
  const uploads = scanUploads(database, bucket, rangeOf(each), { afterId: '', limit: -1 });
  database.transaction((references) => {
    for (const { id, created } of uploads) if (created <= before) removeUpload(database, references, id);
  });
}

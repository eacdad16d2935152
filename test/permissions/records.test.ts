import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/calls.ts';
import { readNeeds, recordNeeds } from './records.ts';

const root = mkdtempSync(join(tmpdir(), 'flowserv-calls-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'calls-'));
});

const call = (operation: string, Key: string, more: Partial<StackCall> = {}): StackCall => ({
  caller: 'api',
  service: 's3',
  operation,
  input: { Bucket: 'b', Key },
  error: undefined,
  ...more,
});

it('needs of all stacks are merged without duplicates', () => {
  for (let stack = 0; stack < 2; stack += 1) {
    const observe = recordNeeds(folder);
    observe(call('GetObject', 'x'));
    observe(call('GetObject', 'x'));
    observe(call('HeadObject', 'x'));
    observe(call('PutObject', 'x'));
    observe(call('DeleteObject', 'x', { caller: 'operator' }));
  }
  expect(readdirSync(folder)).toHaveLength(2);
  expect(readNeeds(folder).map(({ caller, action }) => [caller, action])).toEqual([
    ['api', 's3:GetObject'],
    ['api', 's3:PutObject'],
    ['operator', 's3:DeleteObject'],
  ]);
});

it('of many needs that differ only in an id, one is kept', () => {
  const observe = recordNeeds(folder);
  for (const id of ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(64)]) observe(call('GetObject', `r/${id}/1`));
  observe(call('GetObject', `r/${'d'.repeat(32)}/2`));
  expect(readNeeds(folder).map(({ resource }) => resource)).toEqual([
    `arn:aws:s3:::b/r/${'a'.repeat(32)}/1`,
    `arn:aws:s3:::b/r/${'d'.repeat(32)}/2`,
  ]);
});

it('a need is on the disk before the call continues, even if the process is killed', () => {
  recordNeeds(folder)(call('GetObject', 'x'));
  const [name = ''] = readdirSync(folder);
  expect(readFileSync(join(folder, name), 'utf8')).toContain('"s3:GetObject"');
});

it('an unknown call does not fail, but reading the records does', () => {
  recordNeeds(folder)(call('GetBucketCors', ''));
  expect(() => readNeeds(folder)).toThrow('s3:GetBucketCors');
});

it('without records, the error says how to create them', () => {
  for (const none of [undefined, folder, join(folder, 'absent')]) {
    expect(() => readNeeds(none)).toThrow('run the end-to-end tests with FLOWSERV_CALLS_DIR set');
  }
});

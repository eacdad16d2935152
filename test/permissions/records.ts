import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { CallObserver } from '../../infra/local/calls.ts';
import { type Need, needSchema } from './need.ts';
import { needsOf } from './needs.ts';

/** The variable with the folder in which the end-to-end tests store the needs of their calls. */
export const CALLS_DIR = 'FLOWSERV_CALLS_DIR';

const ending = '.jsonl';
const line = z.union([z.object({ need: needSchema }), z.object({ fault: z.string() })]);
type Line = z.output<typeof line>;

/**
 * Records the needs of the calls of one stack in a file. Every line is on the disk before the call continues,
 * so a killed test leaves its records.
 */
export function recordNeeds(folder: string): CallObserver {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${randomUUID()}${ending}`);
  const seen = new Set<string>();
  const write = (content: Line) => {
    const text = JSON.stringify(content);
    const shape = shapeOf(text);
    if (seen.has(shape)) return;
    seen.add(shape);
    appendFileSync(file, `${text}\n`);
  };
  return (call) => {
    try {
      for (const need of needsOf(call)) write({ need });
    } catch (error) {
      // An error here would fail the call, and the test that made it might not even notice.
      write({ fault: error instanceof Error ? error.message : String(error) });
    }
  };
}

/**
 * Ids and digests differ in every call and have no effect in a policy: of needs that differ only in them, the
 * first is kept.
 */
const shapeOf = (text: string): string => text.replace(/[0-9a-f]{32,}|[0-9a-f-]{36}/g, '0');

/**
 * Returns all needs that the end-to-end tests recorded.
 *
 * @throws Error if there are none, or if a call could not be judged
 */
export function readNeeds(folder: string | undefined): Need[] {
  const files = folder === undefined ? [] : filesOf(folder);
  if (folder === undefined || files.length === 0) {
    throw new Error(
      `no calls are recorded: run the end-to-end tests with ${CALLS_DIR} set to an empty folder, then this test`,
    );
  }
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  const unique = new Set(lines.filter((text) => text !== ''));
  const records = [...unique].map((text) => line.parse(JSON.parse(text)));
  const faults = records.flatMap((record) => ('fault' in record ? [record.fault] : []));
  if (faults.length > 0) throw new Error(`calls that could not be judged: ${faults.join('; ')}`);
  return records.flatMap((record) => ('need' in record ? [record.need] : []));
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(ending));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

import type { Readable } from 'node:stream';
import type * as z from 'zod';
import { EngineError } from '../engine-error.ts';
import type { EngineHttp } from '../http.ts';
import { hasMark } from './log-marks.ts';
import { type runLog, tasks, type WesLog } from './responses.ts';

/** Bytes at the end of a log that are kept. */
const LOG_BYTES = 1024 * 1024;
/** Bytes of a log that are read at all. */
const READ_BYTES = 64 * 1024 * 1024;
/** Time for one log. */
const LOG_MS = 20_000;
/** Logs of tasks that are read: the function has 15 minutes. */
const MAX_LOGS = 20;
/** An address instead of a text. */
const ADDRESS = /^(?:https?:\/\/|\.{0,2}\/)\S{1,8000}$/;

/**
 * Returns the texts in the log of a run: those of the run itself, which are also the engine's own, and those of its tasks
 * if the others contain no output of a step. `stdout` and `stderr` are addresses by the standard, and texts in many
 * servers; only addresses of the server itself are read.
 */
export async function readLogTexts(
  http: EngineHttp,
  id: string,
  runId: string,
  { run_log: own, task_logs: listed }: z.output<typeof runLog>,
): Promise<{ readonly texts: string[]; readonly engineText: string }> {
  const read = async ({ stderr, stdout }: WesLog): Promise<string[]> => {
    const texts = [];
    for (const text of [stderr, stdout]) {
      if (text) texts.push(await textOf(http, id, text.trim()));
    }
    return texts.filter((text) => text !== '');
  };
  const ownTexts = own ? await read(own) : [];
  const system = (own?.system_logs ?? []).join('\n');
  if (ownTexts.some((text) => hasMark(text, runId))) {
    return { texts: ownTexts, engineText: ownTexts[0] ?? system };
  }
  const logs = listed?.length ? listed : await listTasks(http, id);
  // The failed tasks first, then the last ones.
  const ordered = logs.toReversed().toSorted((a, b) => Number(isFailed(b)) - Number(isFailed(a)));
  const taskTexts = [];
  for (const log of ordered.slice(0, MAX_LOGS)) taskTexts.push(...(await read(log)));
  const engineText = ownTexts[0] ?? (system || taskTexts[0] || '');
  return { texts: taskTexts, engineText };
}

const isFailed = ({ exit_code: code }: WesLog): boolean => typeof code === 'number' && code !== 0;

/** The tasks of a run by WES 1.1; none at a server without them. */
async function listTasks(http: EngineHttp, id: string): Promise<readonly WesLog[]> {
  const call = { method: 'GET', path: ['runs', id, 'tasks'], query: { page_size: '100' } } as const;
  return (await unlessRejected(http.json(call, tasks)))?.task_logs ?? [];
}

/** A text, or the end of the text at an address of the server; empty for another address. */
async function textOf(http: EngineHttp, id: string, text: string): Promise<string> {
  if (!ADDRESS.test(text)) return text;
  const address = http.ownAddress(text, { path: ['runs', id] });
  if (!address) return '';
  const stream = await unlessRejected(http.openAt(address, LOG_MS));
  return stream ? endOf(stream) : '';
}

/** @throws EngineError if the connection breaks, or takes too long */
async function endOf(stream: Readable): Promise<string> {
  let [end, size] = [Buffer.alloc(0), 0];
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      end = Buffer.concat([end, chunk]).subarray(-LOG_BYTES);
      if (size > READ_BYTES) break;
    }
  } catch (cause) {
    throw new EngineError('the log of a run was interrupted', { cause });
  } finally {
    stream.destroy();
  }
  return end.toString('utf8');
}

/** Awaits a response; undefined if the server rejects it, for example because it has no tasks. */
async function unlessRejected<T>(response: Promise<T>): Promise<T | undefined> {
  try {
    return await response;
  } catch (error) {
    const { status = 0 } = error instanceof EngineError ? error : {};
    if ((status >= 300 && status < 500) || status === 501) return undefined;
    throw error;
  }
}

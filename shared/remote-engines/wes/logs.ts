import { stripVTControlCharacters } from 'node:util';
import type { PlannedStep } from '../../engine/run-plan.ts';
import type { RemoteLogs, RemoteRun } from '../contract.ts';
import { beginMark, endMark, isMark } from './log-marks.ts';
import { executed } from './scripts.ts';

/** Characters of the engine's own log that are kept. */
const LOG_CHARACTERS = 16 * 1024;

/** The output of a step between its marks. */
interface Section {
  readonly text: string;
  readonly exitCode: number;
}

/**
 * Reads which step failed, and the output of the steps, from the texts in the log of a run. A step that was killed left
 * no marks: it is the one after those that ended, and its output is the engine's own log.
 *
 * @param texts of the run and of its tasks
 * @param engineText what the engine itself reports
 */
export function readLogs(
  run: Pick<RemoteRun, 'runId' | 'plan'>,
  texts: readonly string[],
  engineText: string,
): RemoteLogs {
  const steps = executed(run);
  const ended = steps.flatMap((step) => {
    const section = sectionOf(texts, run.runId, step);
    return section ? [{ step: step.index, isFailed: section.exitCode !== 0, ...section }] : [];
  });
  const lines = stripVTControlCharacters(engineText).split('\n');
  const own = lines.filter((line) => !isMark(line, run.runId)).join('\n');
  const workflow = own.slice(-LOG_CHARACTERS).trim();
  if (ended.length === 0 || ended.some(({ isFailed }) => isFailed)) return { steps: ended, workflow };
  const next = steps.find(({ index }) => !ended.some(({ step }) => step === index)) ?? steps.at(-1);
  const others = ended.filter(({ step }) => step !== next?.index);
  return next
    ? { steps: [...others, { step: next.index, isFailed: true, text: workflow }], workflow }
    : { steps: ended, workflow };
}

function sectionOf(texts: readonly string[], runId: string, { index }: PlannedStep): Section | undefined {
  const [begin, end] = [beginMark(runId, index), endMark(runId, index)];
  for (const text of texts) {
    // An engine may repeat a step; the last execution counts.
    const to = text.lastIndexOf(`\n${end} `);
    const from = to < 0 ? -1 : text.lastIndexOf(begin, to);
    if (from < 0) continue;
    const exitCode = /^\d{1,3}/.exec(text.slice(to + end.length + 2, to + end.length + 5))?.[0];
    return { text: text.slice(from + begin.length, to).trim(), exitCode: Number(exitCode ?? 1) };
  }
  return undefined;
}

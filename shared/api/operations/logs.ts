import { attachment } from '../../downloads/download.ts';
import { unknownObject } from '../../errors.ts';
import {
  type LoggedStep,
  type LogPage,
  mayWrite,
  readRunLogs,
  readSteps,
  showsOutput,
} from '../../runs/logs/run-logs.ts';
import { readStepLog } from '../../runs/logs/step-log.ts';
import { STREAMS } from '../../runs/logs/streams.ts';
import { readWholeStream } from '../../runs/logs/whole-stream.ts';
import type { Run } from '../../runs/run.ts';
import { noteReader } from '../../runs/watching.ts';
import type { Services } from '../../services/services.ts';
import { operation } from '../operation.ts';
import { type OperationResult, ok } from '../operation-result.ts';
import { pollAfter } from '../poll-after.ts';
import { findOwnRun } from './runs.ts';

/** The output of the steps of runs. */
export const logOperations = [
  operation('runs:logs', async (request) => {
    const { services, query } = request;
    const { run, visible } = await findOwnRun(request);
    const [steps] = await Promise.all([
      readRunLogs(services, run, query, visible.logs),
      noteReader(services, run),
    ]);
    // The output of a running step is an object in S3, of which no item of the table says that it changed.
    return { ...ok({ state: run.state, steps: steps.map(stepView) }), pollAfter: pollAfter([run]) };
  }),

  operation('runs:logs:stream', async (request) => {
    const { services, param } = request;
    const { run, visible } = await findOwnRun(request);
    return streamFile(services, run, visible.logs, { index: param('taskId'), stream: param('stream') });
  }),
];

const stepView = ({ isPrivate, stdout, stderr, ...step }: LoggedStep) => ({
  ...step,
  ...(isPrivate ? { private: true } : {}),
  ...(stdout === undefined ? {} : { stdout: pageView(stdout) }),
  ...(stderr === undefined ? {} : { stderr: pageView(stderr) }),
});

const pageView = ({ isComplete, ...page }: LogPage) => ({ ...page, complete: isComplete });

/** @throws FlowservError 404 for a step that did not begin, and for output that is private or not stored */
async function streamFile(
  services: Services,
  run: Run,
  isShown: boolean,
  { index, stream }: { readonly index: string; readonly stream: string },
): Promise<OperationResult> {
  const name = STREAMS.find((one) => one === stream);
  const { step, record } =
    (await readSteps(services, run, isShown)).find((one) => String(one.step.index) === index) ?? {};
  if (!step || !record) throw unknownObject('task', index);
  if (name === undefined || !showsOutput(step)) throw unknownObject('file', stream);
  const log = await readStepLog(services, run.id, record, mayWrite(run, record));
  if (!log) throw unknownObject('file', stream);
  const type = 'text/plain; charset=utf-8';
  const disposition = attachment(`${step.name}.${name}.txt`);
  const whole = await readWholeStream(services, run.id, record, log, name, { type, disposition });
  if (!whole) throw unknownObject('file', stream);
  return 'link' in whole
    ? { kind: 'redirect', location: whole.link }
    : { kind: 'file', content: whole.content, contentType: type, disposition };
}

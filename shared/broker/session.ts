import { FlowservError } from '../errors.ts';
import { type RunDocument, readRunDocument } from '../runs/documents/plan.ts';
import { type Run, runCodec } from '../runs/run.ts';
import { type StepRecord, stepCodec } from '../runs/steps/record.ts';
import { claimOf, ticketFits } from '../runs/steps/tickets.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { readStaticFiles, type StaticFile } from '../workflows/version.ts';

/** A stopped step may still deliver its logs for this long after its run was canceled. */
const GRACE_MINUTES = 3;

/** What a valid ticket gives access to: one attempt of one step, and nothing else. */
export interface StepSession {
  readonly run: Run;
  readonly record: StepRecord;
  readonly document: RunDocument;
  /** Static files of the run's version. */
  readonly files: readonly StaticFile[];
  /** False once the run was canceled: only logs and the status are accepted then. */
  readonly live: boolean;
  /** Whether the next step of the task began: then the ticket gives no access to files. */
  readonly ended: boolean;
}

/**
 * The session of a ticket. A ticket is valid while its step's record has its hash and the run is active; the next
 * attempt, the step's end and the run's end invalidate it.
 *
 * @throws FlowservError 403, the same for every reason
 */
export async function openSession(services: Services, ticket: string | undefined): Promise<StepSession> {
  const claim = claimOf(ticket ?? '');
  if (!claim || ticket === undefined) throw invalidTicket();
  const runKey = keys.run(claim.runId);
  const items = await services.table.getMany([runKey, keys.step(claim.runId, claim.step)]);
  const run = runCodec.readMaybe(items.find(({ sk }) => sk === runKey.sk));
  const record = stepCodec.readMaybe(items.find(({ sk }) => sk !== runKey.sk));
  if (!run || run.deleting || !record || !ticketFits(ticket, record.ticketHash)) throw invalidTicket();
  if (record.attempt !== claim.attempt || record.state !== 'running') throw invalidTicket();
  const live = run.state === 'RUNNING';
  if (!live && !inGrace(run, services.now())) throw invalidTicket();
  const [document, files] = await Promise.all([
    readRunDocument(services, run.id),
    readStaticFiles(services, run.workflowId, run.version),
  ]);
  return { run, record, document, files, live, ended: record.finishedAt !== undefined };
}

/** The run of a step, with everything that its tree is built from. */
export type StepRun = Pick<StepSession, 'run' | 'document' | 'files'>;

export const invalidTicket = () => new FlowservError('ticket.refused', 'ticket refused');

function inGrace({ state, finishedAt }: Run, now: Date): boolean {
  if (state !== 'CANCELED' || finishedAt === undefined) return false;
  return now.getTime() - Date.parse(finishedAt) < GRACE_MINUTES * 60_000;
}

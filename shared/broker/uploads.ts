import { MAX_VALUE_BYTES } from '../engine/value-limit.ts';
import { invalid } from '../errors.ts';
import { seesPrivate } from '../runs/documents/plan.ts';
import { executedNotebookId } from '../runs/executed-notebook.ts';
import { archiveFileId, runFileId } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { LOG_NAMES, type TreeEntry, type UploadFile, type UploadLink } from '../staging/protocol.ts';
import { pathsByAccess } from '../template/file-access.ts';
import { covers } from '../template/output-paths.ts';
import { belongsToOthers } from '../template/static-paths.ts';
import type { Bucket } from '../volumes/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { handOverAfter, participantsSteps } from './handed-on.ts';
import { treeBefore } from './inputs.ts';
import { MAX_FILE_BYTES, MAX_LOG_BYTES } from './limits.ts';
import { invalidTicket, type StepSession } from './session.ts';
import { neighbours } from './tree.ts';

/**
 * Lifetime of a link to store a file. S3 does not know tickets, so a link may outlive its ticket by this time. The
 * staging program requests links for 1 GiB at a time and replaces expired ones.
 */
const UPLOAD_LINK_SECONDS = 300;
/** Stores a file only if none exists under its key (Amazon S3, "Conditional writes"). */
const ONCE = { 'if-none-match': '*' };

/** Links to store the files of a step, each bound to the file's digest. @throws FlowservError 403, 400 */
export async function stepUploads(
  services: Services,
  session: StepSession,
  files: readonly UploadFile[],
): Promise<UploadLink[]> {
  if (session.ended) throw invalidTicket();
  const { objects } = services;
  const kept = files.filter(({ kind }) => kind === 'output' || kind === 'result');
  const made = kept.length === 0 ? new Map<string, string>() : await madeByOthers(services, session);
  if (kept.some(({ path, sha256 }) => (made.get(path) ?? sha256) !== sha256)) throw invalidTicket();
  return Promise.all(
    files.map(async (file) => {
      if (file.size > MAX_FILE_BYTES) throw invalid('step.upload', 'file too large');
      const { bucket, key } = locationOf(session, file);
      const headers = {
        'x-amz-checksum-sha256': Buffer.from(file.sha256, 'hex').toString('base64'),
        ...(isStoredOnce(session, file) ? ONCE : {}),
      };
      const url = await objects.link(bucket, { method: 'PUT', key, headers, expiresIn: UPLOAD_LINK_SECONDS });
      return { kind: file.kind, path: file.path, url, headers };
    }),
  );
}

/**
 * Whether a link cannot change a file once it is stored, so that the files that determine the outcome of a run, and
 * those it keeps, do not change after its ticket expired. A later attempt replaces what an earlier one kept; files of
 * the tree are named by their content.
 */
function isStoredOnce({ record }: StepSession, { kind }: UploadFile): boolean {
  if (kind === 'manifest' || kind === 'result' || kind === 'variable') return true;
  return (kind === 'output' || kind === 'archive') && record.attempt === 1;
}

/**
 * Outputs that steps of the organiser made before the consecutive steps of the participant that end with this one:
 * they are kept unchanged.
 */
async function madeByOthers(services: Services, session: StepSession): Promise<ReadonlyMap<string, string>> {
  const { plan } = session.document;
  const step = plan.steps[session.record.index];
  const [begun] = step?.leaves === undefined ? [] : participantsSteps(plan.steps, step);
  if (!step || !begun) return new Map();
  const handOver = handOverAfter(session.document, step);
  const tree = await treeBefore(services, session, begun, false);
  const isMade = ({ path }: TreeEntry) => belongsToOthers(handOver, path);
  return new Map(
    tree.filter(isMade).flatMap((file) => (file.type === 'file' ? [[file.path, file.sha256]] : [])),
  );
}

/** The object key of a step's file. Only the last step writes what is kept, and only what the plan keeps. */
function locationOf(session: StepSession, file: UploadFile): { bucket: Bucket; key: string } {
  const { kind, path, sha256 } = file;
  const { run, record, document, live } = session;
  const { plan } = document;
  const ofStep = (name: string) => ({
    bucket: 'work' as const,
    key: objectKeys.stepFile(run.id, record.index, record.attempt, name),
  });
  const kept = (fileId: string) => ({
    bucket: 'data' as const,
    key: objectKeys.runFile(run.workflowId, run.id, fileId),
  });
  if (kind === 'log' && isLogName(path)) {
    if (file.size > MAX_LOG_BYTES) throw invalid('step.upload', 'log too large');
    return ofStep(`log-${path}`);
  }
  if (kind === 'status') return ofStep('status');
  if (!live || isPrivateFile(session, file)) throw invalidTicket();
  if (kind === 'tree') return { bucket: 'work', key: objectKeys.treeFile(run.id, sha256) };
  if (kind === 'manifest') return ofStep('manifest');
  if (kind === 'variable' && plan.steps[record.index]?.sets !== undefined && file.size <= MAX_VALUE_BYTES) {
    return ofStep('variable');
  }
  const step = plan.steps[record.index];
  const isLast = step !== undefined && neighbours(plan.steps, step).isLast;
  if (kind === 'output' && step?.call?.executed === path)
    return kept(executedNotebookId(run, plan, step, path));
  if (!isLast) throw invalidTicket();
  if (kind === 'archive') return kept(archiveFileId(run.fileSecret));
  if (kind === 'result' && path === plan.resultFile) return ofStep('result');
  if (kind === 'output' && path !== '' && plan.outputs.some((output) => covers(output, path))) {
    return kept(runFileId(run.fileSecret, path));
  }
  throw invalidTicket();
}

/** Tasks of earlier releases name long streams by their command. */
const isLogName = (path: string): boolean =>
  LOG_NAMES.some((name) => name === path) || /^\d{1,5}\.(out|err)$/.test(path);

/** Kinds of uploads whose path is no path of the run tree. */
const NOT_IN_TREE: readonly UploadFile['kind'][] = ['archive', 'manifest', 'variable'];

/**
 * Whether a step that gets the private files would upload one of them, changed or not. An upload that replaced one,
 * as its parameter declares, belongs to the participant.
 */
function isPrivateFile({ record, document, files }: StepSession, { kind, path }: UploadFile): boolean {
  const step = document.plan.steps[record.index];
  if (!step || !seesPrivate(document, step) || NOT_IN_TREE.includes(kind)) return false;
  const replaced = new Set(document.inputs.filter(({ declared }) => declared).map((input) => input.path));
  return pathsByAccess(files).private.some((file) => covers(file, path) && !replaced.has(file));
}

import { invalid } from '../errors.ts';
import { archiveFileId, runFileId } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import type { UploadFile, UploadLink } from '../staging/protocol.ts';
import { covers } from '../template/output-paths.ts';
import type { Bucket } from '../volumes/keys.ts';
import { objectKeys } from '../volumes/keys.ts';
import { MAX_LINK_SECONDS } from '../volumes/presign.ts';
import { STEP_LIMITS } from './inputs.ts';
import { refused, type StepSession } from './session.ts';
import { neighbours } from './tree.ts';

/** Links to store the files of a step, each bound to the file's digest. @throws FlowservError 403, 400 */
export async function stepUploads(
  { objects }: Services,
  session: StepSession,
  files: readonly UploadFile[],
): Promise<UploadLink[]> {
  return Promise.all(
    files.map(async (file) => {
      if (file.size > STEP_LIMITS.fileBytes) throw invalid('step.upload', 'file too large');
      const { bucket, key } = place(session, file);
      const headers = { 'x-amz-checksum-sha256': Buffer.from(file.sha256, 'hex').toString('base64') };
      const url = await objects.link(bucket, { method: 'PUT', key, headers, expiresIn: MAX_LINK_SECONDS });
      return { kind: file.kind, path: file.path, url, headers };
    }),
  );
}

/** Where a file of a step goes. Only the last step writes what is kept, and only what the plan keeps. */
function place(session: StepSession, { kind, path, sha256 }: UploadFile): { bucket: Bucket; key: string } {
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
  if (kind === 'log' && /^\d{1,5}\.(out|err)$/.test(path)) return ofStep(`log-${path}`);
  if (kind === 'status') return ofStep('status');
  if (!live) throw refused();
  if (kind === 'tree') return { bucket: 'work', key: objectKeys.treeFile(run.id, sha256) };
  if (kind === 'manifest') return ofStep('manifest');
  const { isLast } = neighbours(plan.steps, record.index);
  if (!isLast) throw refused();
  if (kind === 'archive') return kept(archiveFileId(run.fileSecret));
  if (kind === 'result' && path === plan.resultFile) return ofStep('result');
  if (kind === 'output' && path !== '' && plan.outputs.some((output) => covers(output, path))) {
    return kept(runFileId(run.fileSecret, path));
  }
  throw refused();
}

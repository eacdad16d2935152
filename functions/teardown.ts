import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { logError, logInfo } from '../shared/log.ts';
import { removeBeforeStack } from '../shared/maintenance/end-of-stack.ts';
import type { Services } from '../shared/services/services.ts';

/** A request of CloudFormation (AWS CloudFormation, "Custom resource request objects"). */
const request = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.string(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
});
type Request = z.infer<typeof request>;

/** Part of the function's time that is reserved for the response. */
const RESPONSE_MS = 30_000;
const ATTEMPTS = 5;
const PAUSE_MS = 1000;

/**
 * The custom resource that is deleted before everything else of its stack. It always responds with success, and in
 * time: whatever is left costs nothing or is named by CloudFormation, and `flowserv aws delete` removes it
 * afterwards.
 */
export const createHandler =
  (services: Services, cloudFormation?: string) =>
  async (event: unknown, { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>) => {
    const asked = request.parse(event);
    if (asked.RequestType === 'Delete') {
      const late = new AbortController();
      const limit = sleep(getRemainingTimeInMillis() - RESPONSE_MS, 'late', { signal: late.signal });
      const outcome = await Promise.race([limit, remove(services, asked.StackId, cloudFormation)]);
      if (outcome === 'late') logInfo('the time is over; `flowserv aws delete` removes the rest', {});
      late.abort();
      limit.catch(() => undefined);
    }
    await respond(asked, services.config.stage);
  };

/** Never fails: errors are logged. */
const remove = (services: Services, stack: string, cloudFormation?: string): Promise<void> =>
  removeBeforeStack(services, stack, cloudFormation).catch((error: unknown) =>
    logError('what runs made could not be removed', { stackId: stack }, error),
  );

/** The identifier is always the same: a new one would be a replacement, whose old resource is deleted. */
async function respond(asked: Request, stage: string): Promise<void> {
  const { ResponseURL, StackId, RequestId, LogicalResourceId, PhysicalResourceId } = asked;
  const body = Buffer.from(
    JSON.stringify({
      Status: 'SUCCESS',
      PhysicalResourceId: PhysicalResourceId ?? `flowserv-${stage}-made-by-runs`,
      StackId,
      RequestId,
      LogicalResourceId,
    }),
  );
  for (let attempt = 1; ; attempt += 1) {
    try {
      // The link is signed for an upload without a content type.
      const { ok, status } = await fetch(ResponseURL, {
        method: 'PUT',
        body,
        headers: { 'content-type': '' },
      });
      if (ok) return;
      throw new Error(`CloudFormation did not accept the response: status ${status}`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

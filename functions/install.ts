import type { SQSEvent } from 'aws-lambda';
import { installOrder } from '../shared/services/messages.ts';
import type { Services } from '../shared/services/services.ts';

/**
 * Installs versions that organisers uploaded: the only function that may create state machines. It fails as a whole, so
 * that its alarm tells the operator.
 */
export const createHandler =
  (services: Services) =>
  async ({ Records }: SQSEvent): Promise<void> => {
    // Loaded on use, as the client of S3.
    const { workOnInstallation } = await import('../shared/installations/work.ts');
    for (const { body } of Records) {
      const { workflowId } = installOrder.parse(JSON.parse(body));
      await workOnInstallation(services, workflowId);
    }
  };

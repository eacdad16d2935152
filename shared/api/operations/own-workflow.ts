import { findWorkflow, type Workflow } from '../../workflows/workflow.ts';
import type { ApiRequest } from '../operation.ts';

/** The parts of a request by which its workflow is found. */
export type OnWorkflow = Pick<ApiRequest<'members:list'>, 'services' | 'authorize' | 'param'>;

/** Returns the workflow in the path, on which the action must be allowed. @throws FlowservError 404, 403 */
export async function ownWorkflow({ services, authorize, param }: OnWorkflow): Promise<Workflow> {
  const workflow = await findWorkflow(services, param('workflowId'));
  await authorize({ workflowId: workflow.id });
  return workflow;
}

import { operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { serviceInfoView } from '../wes/views.ts';

/** What the service offers to clients of GA4GH WES. */
export const wesServiceOperations = [
  operation('wes:service-info', async ({ services }) => ok(serviceInfoView(services.config))),
];

import { cancelRescore } from '../../rescoring/cancel.ts';
import { loggedIn, operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { findOwnRescore, rescoreView } from './rescores.ts';

/** Apart from the other routes of such requests, because it stops executions. */
export const rescoreCancelOperations = [
  operation('rescores:cancel', async (request) => {
    const { services, caller } = request;
    const found = await findOwnRescore(request);
    return ok(rescoreView(await cancelRescore(services, loggedIn(caller), found)));
  }),
];

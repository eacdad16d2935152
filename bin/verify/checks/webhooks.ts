import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../../shared/client/error.ts';
import { type Check, hold, Unmet } from '../check.ts';
import { WITH_STATIC_FILE } from '../probe-template.ts';

const POLL_MS = 2_000;

const webhook: Check = {
  id: 'webhook',
  title: 'a webhook reaches an address on the internet: that of the API itself, which rejects the message',
  proves:
    'the function `notify` reads the secret and the delivery with its own role, resolves a name, and connects over TLS to the address that it checked',
  needs: [],
  minutes: 5,
  async run({ person, operator, installFiles, target }) {
    const { client, name } = await person('one');
    const workflow = await installFiles('webhook', WITH_STATIC_FILE);
    await operator.giveRole(workflow, name, 'organiser');
    const { id } = await client.workflows
      .addWebhook(workflow, `${target.url}/workflows`, ['postproc.failed'])
      .catch((error: unknown) => {
        if (!(error instanceof ApiError && error.code === 'webhook.url')) throw error;
        throw new Unmet(`webhooks of this stage cannot reach it: ${error.message}`);
      });
    await client.workflows.testWebhook(workflow, id);
    const until = Date.now() + 120_000;
    for (;;) {
      const [delivery] = (await client.workflows.deliveries(workflow, id)).deliveries;
      const { status, problem } = delivery?.lastAttempt ?? {};
      hold(problem === undefined, `the API was not reached: ${problem}`);
      if (status !== undefined) return { status };
      hold(Date.now() < until, 'no attempt was made within two minutes');
      await sleep(POLL_MS);
    }
  },
};

export const webhookChecks: readonly Check[] = [webhook];

import type { RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { clientOptions, lazily } from '../clients.ts';
import type { Config } from '../config.ts';

export type Tasks = ReturnType<typeof createTasks>;

/** The container service, as far as the product calls it itself: tasks are started by Step Functions. */
export function createTasks(config: Config) {
  const load = lazily(async () => {
    const sdk = await import('@aws-sdk/client-ecs');
    return { sdk, client: new sdk.ECSClient(clientOptions(config, config.endpoints.ecs)) };
  });
  return {
    async register(definition: RegisterTaskDefinitionCommandInput): Promise<string> {
      const { sdk, client } = await load();
      const answer = await client.send(new sdk.RegisterTaskDefinitionCommand(definition));
      const arn = answer.taskDefinition?.taskDefinitionArn;
      if (!arn) throw new Error(`no ARN for task definition '${definition.family}'`);
      return arn;
    },
  };
}

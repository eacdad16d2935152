import type { RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { clientOptions, lazily } from '../clients.ts';
import type { Config } from '../config.ts';

export type TaskRegistry = ReturnType<typeof createTaskRegistry>;

/** Registers task definitions with the container service. Step Functions starts the tasks themselves. */
export function createTaskRegistry(config: Config) {
  const load = lazily(async () => {
    const sdk = await import('@aws-sdk/client-ecs');
    return { sdk, client: new sdk.ECSClient(clientOptions(config, config.endpoints.ecs)) };
  });
  return {
    async register(definition: RegisterTaskDefinitionCommandInput): Promise<string> {
      const { sdk, client } = await load();
      const response = await client.send(new sdk.RegisterTaskDefinitionCommand(definition));
      const arn = response.taskDefinition?.taskDefinitionArn;
      if (!arn) throw new Error(`no ARN for task definition '${definition.family}'`);
      return arn;
    },
  };
}

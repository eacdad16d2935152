import { clientOptions } from '../clients.ts';
import type { Config } from '../config.ts';

/** Reads the text of a secret, which may be in another region than the stage. The SDK is loaded on use. */
export async function readSecret(config: Config, arn: string): Promise<string> {
  const sdk = await import('@aws-sdk/client-secrets-manager');
  const region = arn.split(':')[3] ?? config.region;
  const client = new sdk.SecretsManagerClient({ ...clientOptions(config, config.endpoints.secrets), region });
  const secret = await client.send(new sdk.GetSecretValueCommand({ SecretId: arn }));
  return secret.SecretString ?? '';
}

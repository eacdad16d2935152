import { readFile } from 'node:fs/promises';
import { clientOptions } from '../clients.ts';
import type { Config } from '../config.ts';
import type { ConfiguredEngine } from '../engine-setting.ts';
import type { RemoteEngine } from './contract.ts';
import { createHttp } from './http.ts';
import { createReana } from './reana/reana.ts';

/** Longest token; those of REANA have 22 characters. */
const MAX_TOKEN = 4096;

/**
 * Opens the client of a configured engine. The token is read each time, so that a new one takes effect at once.
 *
 * @throws Error if the token cannot be read
 */
export async function openEngine(config: Config, engine: ConfiguredEngine): Promise<RemoteEngine> {
  const token = (await readToken(config, engine)).trim();
  if (token === '' || token.length > MAX_TOKEN) {
    throw new Error(`the token of engine '${engine.id}' is empty or too long`);
  }
  // REANA takes its token in this place only (reana-server, `signin_required`).
  return createReana(createHttp(engine.url, { access_token: token }));
}

async function readToken(config: Config, engine: ConfiguredEngine): Promise<string> {
  if ('tokenFile' in engine) return readFile(engine.tokenFile, 'utf8');
  const sdk = await import('@aws-sdk/client-secrets-manager');
  // The secret may be in another region than the stage.
  const region = engine.tokenSecret.split(':')[3] ?? config.region;
  const options = { ...clientOptions(config, config.endpoints.secrets), region };
  const client = new sdk.SecretsManagerClient(options);
  const secret = await client.send(new sdk.GetSecretValueCommand({ SecretId: engine.tokenSecret }));
  return secret.SecretString ?? '';
}

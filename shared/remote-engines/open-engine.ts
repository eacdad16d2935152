import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import type { ConfiguredEngine } from '../engine-setting.ts';
import { readSecret } from '../services/secret.ts';
import type { RemoteEngine } from './contract.ts';
import { createHttp } from './http.ts';

/** Longest token; those of REANA have 22 characters. */
const MAX_TOKEN = 4096;

/**
 * Opens the client of a configured engine. The token is read each time, so that a new one takes effect at once.
 *
 * @throws Error if the token cannot be read
 */
export async function openEngine(config: Config, engine: ConfiguredEngine): Promise<RemoteEngine> {
  const token = (await readToken(config, engine))?.trim();
  // A line break would begin another header.
  if (token !== undefined && (token.length > MAX_TOKEN || !/^[\x21-\x7e]+$/.test(token))) {
    throw new Error(`the token of engine '${engine.id}' is empty, too long, or has other characters`);
  }
  switch (engine.kind) {
    case 'reana': {
      const { createReana } = await import('./reana/reana.ts');
      // REANA takes its token in this place only (reana-server, `signin_required`).
      return createReana(createHttp(engine.url, { query: { access_token: token ?? '' } }));
    }
    case 'wes': {
      const { createWes } = await import('./wes/wes.ts');
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return createWes(createHttp(engine.url, { headers }), engine);
    }
  }
}

/** @returns undefined for an engine without a token */
async function readToken(config: Config, engine: ConfiguredEngine): Promise<string | undefined> {
  if ('tokenFile' in engine) return readFile(engine.tokenFile, 'utf8');
  const { tokenSecret } = engine;
  return tokenSecret === undefined ? undefined : readSecret(config, tokenSecret);
}

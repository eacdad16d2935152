import type { Config } from './config.ts';

/** Options of every SDK client; the endpoint is set only where the settings name one. */
export function clientOptions(config: Config, endpoint: string | undefined) {
  return {
    region: config.region,
    ...(endpoint ? { endpoint } : {}),
    ...(config.credentials ? { credentials: config.credentials } : {}),
    ...(config.profile ? { profile: config.profile } : {}),
  };
}

/** Makes a value at the first call and keeps it: SDK clients load only where they are used. */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

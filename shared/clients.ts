import type { Config } from './config.ts';

/** What every SDK client is made with; the endpoint only where the settings name one. */
export function clientOptions(config: Config, endpoint: string | undefined) {
  return {
    region: config.region,
    ...(endpoint ? { endpoint } : {}),
    ...(config.credentials ? { credentials: config.credentials } : {}),
    ...(config.profile ? { profile: config.profile } : {}),
  };
}

/** A value that is made at the first call and kept: SDK clients load only where they are used. */
export function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A pair of keys that a local service accepts. Each function of the stack gets its own pair. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Finds the pair that belongs to an access key id; undefined when the key is not known. */
export type CredentialLookup = (accessKeyId: string) => Credentials | undefined;

/** A lookup over a fixed list of pairs. */
export function createCredentialLookup(pairs: readonly Credentials[]): CredentialLookup {
  const byId = new Map(pairs.map((pair) => [pair.accessKeyId, pair]));
  return (accessKeyId) => byId.get(accessKeyId);
}

/** A pair of keys that a local service accepts. Each caller may have its own pair. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Finds the pair that belongs to an access key id; undefined when the key is not known. */
export type CredentialLookup = (accessKeyId: string) => Credentials | undefined;

/** Makes a lookup over a fixed list of pairs, which is what the services take as `credentials`. */
export function createCredentialLookup(pairs: readonly Credentials[]): CredentialLookup {
  const byId = new Map(pairs.map((pair) => [pair.accessKeyId, pair]));
  return (accessKeyId) => byId.get(accessKeyId);
}

/** A key pair that a local service accepts. Each caller may have its own pair. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Returns the pair of an access key id; undefined when the key is unknown. */
export type CredentialLookup = (accessKeyId: string) => Credentials | undefined;

/** Creates a lookup over a fixed list of pairs, for the option `credentials` of the services. */
export function createCredentialLookup(pairs: readonly Credentials[]): CredentialLookup {
  const byId = new Map(pairs.map((pair) => [pair.accessKeyId, pair]));
  return (accessKeyId) => byId.get(accessKeyId);
}

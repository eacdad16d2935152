/** What all clients are made with. What is left out comes from AWS's variables and shared files. */
export interface ClientOptions {
  readonly region?: string;
  readonly profile?: string;
  readonly maxAttempts?: number;
}

/** Options of all clients. Absent ones come from AWS's variables and shared files. */
export interface ClientOptions {
  readonly region?: string;
  readonly profile?: string;
  readonly maxAttempts?: number;
}

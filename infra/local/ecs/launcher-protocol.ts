/** What one container's first process is started with. */
export interface ProcessOrder {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether the ends of both outputs are kept; nobody sees them otherwise. */
  readonly keepOutput: boolean;
}

/** The last bytes of both outputs of a process group. */
export interface Outputs {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** To the launcher. The numbers are the server's and name one process group each. */
export type ToLauncher =
  | { readonly kind: 'start'; readonly id: number; readonly order: ProcessOrder }
  | { readonly kind: 'signal'; readonly id: number; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly kind: 'release'; readonly id: number };

/** From the launcher: `started` or `refused`, then `exited`, and `closed` as the last word on a group. */
export type FromLauncher =
  | { readonly kind: 'started'; readonly id: number; readonly pid: number }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string }
  | { readonly kind: 'exited'; readonly id: number; readonly exitCode: number }
  | { readonly kind: 'closed'; readonly id: number; readonly outputs: Outputs };

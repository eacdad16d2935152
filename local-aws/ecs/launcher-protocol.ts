/** The options with which a container's first process is started. */
export interface ProgramOrder {
  /** Name or path of a program; for an evaluated program, the text of `node -e`. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether to keep the ends of both outputs; otherwise they are discarded. */
  readonly keepOutput: boolean;
}

/** A program with its own process group. */
export interface ProcessOrder extends ProgramOrder {
  readonly cwd: string;
  /** If the program starts a sandbox: what it reads from descriptor 3. Undefined for a container's own program. */
  readonly sandbox?: { readonly input: string };
}

/** The last bytes of both outputs of a program. */
export interface Outputs {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Messages to the launcher. The server assigns the numbers, each of which identifies one program. */
export type ToLauncher =
  | { readonly kind: 'start'; readonly id: number; readonly order: ProcessOrder }
  | { readonly kind: 'evaluate'; readonly id: number; readonly order: ProgramOrder }
  | { readonly kind: 'signal'; readonly id: number; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly kind: 'release'; readonly id: number };

/** Messages from the launcher: `started` or `refused`, then `exited`, and last `closed`. */
export type FromLauncher =
  /** An evaluated program has no process. */
  | { readonly kind: 'started'; readonly id: number; readonly pid: number | undefined }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string }
  | { readonly kind: 'exited'; readonly id: number; readonly exitCode: number }
  | { readonly kind: 'closed'; readonly id: number; readonly outputs: Outputs };

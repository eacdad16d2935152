/** What one container's first process is started with. */
export interface ProgramOrder {
  /** Name or path of a program; the text of `node -e` where that is evaluated. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the ends of both outputs are kept; nobody sees them otherwise. */
  readonly keepOutput: boolean;
}

/** A program in a process group of its own. */
export interface ProcessOrder extends ProgramOrder {
  readonly cwd: string;
  /** Where the program starts a sandbox, with what it reads from descriptor 3; undefined for a container's own program. */
  readonly sandbox?: { readonly input: string };
}

/** The last bytes of both outputs of a program. */
export interface Outputs {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** To the launcher. The numbers are the server's and name one program each. */
export type ToLauncher =
  | { readonly kind: 'start'; readonly id: number; readonly order: ProcessOrder }
  | { readonly kind: 'evaluate'; readonly id: number; readonly order: ProgramOrder }
  | { readonly kind: 'signal'; readonly id: number; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly kind: 'release'; readonly id: number };

/** From the launcher: `started` or `refused`, then `exited`, and `closed` as the last word on a program. */
export type FromLauncher =
  /** Without a process where the program is evaluated. */
  | { readonly kind: 'started'; readonly id: number; readonly pid: number | undefined }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string }
  | { readonly kind: 'exited'; readonly id: number; readonly exitCode: number }
  | { readonly kind: 'closed'; readonly id: number; readonly outputs: Outputs };

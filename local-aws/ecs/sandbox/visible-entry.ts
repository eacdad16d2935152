/**
 * A folder, file or link that a sandboxed program sees. Entries are mounted in order over an empty read-only root, so a
 * later one covers what is at its path. Parent folders are created.
 */
export type VisibleEntry =
  /** A folder or file of the host. */
  | { readonly kind: 'bind'; readonly from: string; readonly at: string; readonly readOnly: boolean }
  | { readonly kind: 'link'; readonly target: string; readonly at: string }
  /** An empty folder in memory. */
  | { readonly kind: 'memory'; readonly at: string; readonly bytes: number; readonly readOnly: boolean };

/** A program to run in a sandbox. */
export interface SandboxedProgram {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The path that the program sees. */
  readonly cwd: string;
  /** Whether it may use the host's network. */
  readonly network: boolean;
  readonly entries: readonly VisibleEntry[];
  /** Size of `/dev/shm`. */
  readonly sharedMemoryBytes: number;
  /** An empty folder of the host, for the sandbox's own use. */
  readonly emptyFolder: string;
  /** Maximum of processes and threads at a time, if no control group limits them. */
  readonly processes: number | undefined;
}

/**
 * The command that starts a sandboxed program. The started process is the sandbox. Its child is the first process
 * inside, an init process, and the child of that is the program.
 */
export interface SandboxCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  /**
   * What the command reads from descriptor 3. It is not an argument, because every user of the host can read
   * arguments.
   */
  readonly input: string;
}

/** The user inside; its files belong to the server's user. */
export const SANDBOX_USER = 1000;
/** Host name inside. */
export const SANDBOX_HOST = 'container';

/**
 * Something that a sandboxed program sees. Sights are laid out in order over an empty read-only root, so that a later one
 * covers what lies at its place; the folders above them are made.
 */
export type Sight =
  /** A folder or file of the machine. */
  | { readonly kind: 'bind'; readonly from: string; readonly at: string; readonly readOnly: boolean }
  | { readonly kind: 'link'; readonly target: string; readonly at: string }
  /** An empty folder in memory. */
  | { readonly kind: 'memory'; readonly at: string; readonly bytes: number; readonly readOnly: boolean };

/** A program that is to run in a sandbox. */
export interface SandboxedProgram {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** As the program sees it. */
  readonly cwd: string;
  /** Whether it may use the machine's network. */
  readonly network: boolean;
  readonly sights: readonly Sight[];
  /** How much it may keep in `/dev/shm`. */
  readonly sharedMemoryBytes: number;
  /** An empty folder of the machine, for the sandbox's own use. */
  readonly emptyFolder: string;
  /** Most processes and threads at a time, where no control group bounds them. */
  readonly processes: number | undefined;
}

/**
 * How a sandboxed program is started. The started process is the sandbox's; its child is the first process inside, an
 * init process, and the child of that is the program.
 */
export interface SandboxCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  /** What the command reads from descriptor 3. Not among the arguments, as every user of the machine can read those. */
  readonly input: string;
}

/** The user inside; its files belong to the server's user. */
export const SANDBOX_USER = 1000;
/** Host name inside. */
export const SANDBOX_HOST = 'container';

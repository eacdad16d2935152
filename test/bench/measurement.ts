import type { Services } from '../../shared/services/services.ts';
import type { Figure } from './figure.ts';
import type { Server } from './server.ts';
import type { Sizes } from './sizes.ts';

/** What every measurement works with. */
export interface Bench {
  readonly server: Server;
  /** The operator's services of the same server, for what has no HTTP route. */
  readonly services: Services;
  readonly sizes: Sizes;
  /** Tells whoever waits what is being done. */
  say(line: string): void;
}

/** One group of figures. Each makes its own users and workflows, so that any of them runs alone. */
export interface Measurement {
  readonly name: string;
  measure(bench: Bench): Promise<readonly Figure[]>;
}

import type { Services } from '../../shared/services/services.ts';
import type { Figure } from './figure.ts';
import type { Server } from './server.ts';
import type { Sizes } from './sizes.ts';

/** What every measurement uses. */
export interface Bench {
  readonly server: Server;
  /** The operator's services of the same server, for operations without an HTTP route. */
  readonly services: Services;
  readonly sizes: Sizes;
  /** Prints the progress. */
  say(line: string): void;
}

/** One group of figures. Each creates its own users and workflows, so it can run alone. */
export interface Measurement {
  readonly name: string;
  measure(bench: Bench): Promise<readonly Figure[]>;
}

import type { Polled } from './transport.ts';

/** Pauses between two requests in milliseconds. They grow, so the end of a short run is seen soon. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
const GROWTH = 1.3;

/** What a client has when it asks again. */
export interface Known {
  readonly etag?: string | undefined;
  /** Seconds for which the server may hold the request until something changes. */
  readonly wait?: number | undefined;
}

/** Seconds that a request asks to be held; servers hold no longer. */
const WAIT_SECONDS = 20;

/**
 * Asks for something until it is over, no more often than the server wants. A server that holds requests is asked again
 * at once.
 *
 * @param ask sends one request
 * @param onChange called with each new value, and awaited
 * @returns the last value
 */
export async function follow<T>(
  ask: (known: Known) => Promise<Polled<T>>,
  {
    isOver,
    onChange = () => {},
    pause,
  }: {
    readonly isOver: (value: T) => boolean;
    readonly onChange?: ((value: T) => unknown) | undefined;
    readonly pause: (ms: number) => Promise<void>;
  },
): Promise<T> {
  let etag: string | undefined;
  let grown = FIRST_PAUSE_MS;
  for (;;) {
    const { value, pollAfter, ...response } = await ask({ etag, wait: WAIT_SECONDS });
    if (value !== undefined) {
      await onChange(value);
      if (isOver(value)) return value;
    }
    const isHeld = value === undefined && pollAfter === 0;
    const isNew = value !== undefined && response.etag !== undefined;
    etag = response.etag;
    if (isHeld) continue;
    await pause(isNew ? FIRST_PAUSE_MS : Math.max(grown, 1000 * (pollAfter ?? 0)));
    grown = Math.min(grown * GROWTH, LONGEST_PAUSE_MS);
  }
}

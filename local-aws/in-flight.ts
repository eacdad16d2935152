/** Work that a local service started without waiting for it. */
interface InFlight {
  /** Tracks a piece of work until it settles. Ignores rejections: the caller handles the outcome. */
  track(work: Promise<unknown>): void;
  /** Resolves when no work is running, or after `graceMs` milliseconds, whichever is first. */
  settled(graceMs: number): Promise<void>;
}

/** Tracks running work, so that closing a service can wait for it. */
export function createInFlight(): InFlight {
  const running = new Set<Promise<void>>();
  return {
    track(work) {
      const done = work.then(
        () => {},
        () => {},
      );
      running.add(done);
      void done.then(() => running.delete(done));
    },
    async settled(graceMs) {
      let timer: NodeJS.Timeout | undefined;
      const grace = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs);
      });
      await Promise.race([allSettled(running), grace]);
      clearTimeout(timer);
    },
  };
}

/** Work may start more work before it ends, so this checks again until no work is left. */
async function allSettled(running: ReadonlySet<Promise<void>>): Promise<void> {
  while (running.size > 0) await Promise.all(running);
}

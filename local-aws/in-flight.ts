/** Work that a local service has started and not waited for. */
interface InFlight {
  /** Follows a piece of work until it settles. Its outcome is the caller's business: rejections are ignored here. */
  track(work: Promise<unknown>): void;
  /** Resolves when nothing is running any more, or after `graceMs` milliseconds, whichever is first. */
  settled(graceMs: number): Promise<void>;
}

/** Keeps account of running work, so that closing a service can wait for it. */
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

/** Work may start more work while it ends: look again until there is none. */
async function allSettled(running: ReadonlySet<Promise<void>>): Promise<void> {
  while (running.size > 0) await Promise.all(running);
}

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second (proc(5), sysconf(_SC_CLK_TCK)). */
const TICK_MS = 10;
/** Written to `clear_refs`, it resets the peak of the resident memory to the current value (proc(5)). */
const RESET_PEAK = '5';

/** The kernel's statistics of another process and its child processes; Linux only. */
export function processUsage(pid: number) {
  const kept = () => [pid, ...childrenOf(pid)];
  const megabytes = (name: string): number => {
    const sizes = kept().map((one) => whileAlive(one, () => kibibytes(one, name), 0));
    return (sizes.reduce((sum, size) => sum + size, 0) * 1024) / 1e6;
  };
  return {
    /** Resident memory in MB. */
    memory: () => megabytes('VmRSS'),
    /** Peaks of the resident memory in MB, each since the start of its process or the last reset, summed up. */
    peak: () => megabytes('VmHWM'),
    resetPeak() {
      for (const one of kept()) {
        whileAlive(one, () => writeFileSync(`/proc/${one}/clear_refs`, RESET_PEAK), undefined);
      }
    },
    /** Processor time in ms: of the process, and of all processes that it and its children started. */
    processorTime: () => processorTime(pid),
  };
}

interface ProcessorTime {
  readonly own: number;
  readonly children: number;
}

function processorTime(pid: number): ProcessorTime {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the program's name in parentheses and may contain any characters; utime is the 14th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number);
  // The parent counts the time of a child that ends meanwhile.
  const living = childrenOf(pid).map((child) =>
    whileAlive(child, () => processorTime(child), { own: 0, children: 0 }),
  );
  const ofLiving = living.reduce((sum, { own, children }) => sum + own + children, 0);
  return { own: (user + system) * TICK_MS, children: (endedUser + endedSystem) * TICK_MS + ofLiving };
}

/** Started by any of its threads. */
function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1');
    return text.split(' ').filter(Boolean).map(Number);
  });
}

function kibibytes(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
}

/** A process may end while it is read. */
function whileAlive<T>(pid: number, look: () => T, otherwise: T): T {
  try {
    return look();
  } catch (error) {
    if (existsSync(`/proc/${pid}`)) throw error;
    return otherwise;
  }
}

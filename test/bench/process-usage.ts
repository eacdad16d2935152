import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second (proc(5), sysconf(_SC_CLK_TCK)). */
const TICK_MS = 10;
/** Written to `clear_refs`, it sets the peak of the resident memory to what it is now (proc(5)). */
const RESET_PEAK = '5';

/** What the kernel says of another process; Linux only. */
export function processUsage(pid: number) {
  const status = () => readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status())?.[1];
    return (Number(kibibytes) * 1024) / 1e6;
  };
  return {
    /** Resident memory in MB. */
    memory: () => megabytes('VmRSS'),
    /** Peak of the resident memory in MB, since the start or the last reset. */
    peak: () => megabytes('VmHWM'),
    resetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK),
    /** Processor time in ms: of the process, and of all that it and its children have started. */
    processorTime: () => processorTime(pid),
  };
}

interface ProcessorTime {
  readonly own: number;
  readonly children: number;
}

function processorTime(pid: number): ProcessorTime {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the program's name in parentheses and may hold anything; utime is the 14th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number);
  const living = childrenOf(pid).map(timeOrNone);
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

/** A process may end while it is looked at; its parent counts it then. */
function timeOrNone(pid: number): ProcessorTime {
  try {
    return processorTime(pid);
  } catch {
    return { own: 0, children: 0 };
  }
}

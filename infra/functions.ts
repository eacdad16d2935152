/**
 * The product's functions, each with its timeout and memory in Lambda. The CDK app and the local stack share them.
 *
 * 1,769 MB is one vCPU (AWS Lambda, "Configure Lambda function memory"), for hashing passwords and ranking. Archives
 * get the longest timeout, since a run may keep 15 GiB, and more memory, since compression has its own thread.
 */
export const functions = {
  api: { timeoutSeconds: 30, memoryMb: 1024 },
  auth: { timeoutSeconds: 30, memoryMb: 1769 },
  runs: { timeoutSeconds: 30, memoryMb: 1024 },
  broker: { timeoutSeconds: 30, memoryMb: 512 },
  'next-step': { timeoutSeconds: 60, memoryMb: 512 },
  'settle-run': { timeoutSeconds: 60, memoryMb: 1024 },
  dispatch: { timeoutSeconds: 60, memoryMb: 512 },
  sweep: { timeoutSeconds: 300, memoryMb: 512 },
  archive: { timeoutSeconds: 900, memoryMb: 3008 },
  // A call may upload all inputs of a run to a remote engine, or download all its outputs.
  'remote-runs': { timeoutSeconds: 900, memoryMb: 1024 },
  // Copies files between storage volumes and a bucket; encryption and checksums take the processor.
  transfer: { timeoutSeconds: 900, memoryMb: 1769 },
  // One attempt takes at most 10 seconds.
  notify: { timeoutSeconds: 30, memoryMb: 512 },
  // Unpacks a zip, inflates and hashes up to 5 GB, and stores 10,000 files.
  install: { timeoutSeconds: 900, memoryMb: 1769 },
  leaderboard: { timeoutSeconds: 300, memoryMb: 1769 },
} as const;

/** Disk of functions in MiB that need more than the 512 of Lambda: a zip of 1 GB, and its files of 5 GB. */
export const disks: Readonly<Partial<Record<FunctionName, number>>> = { install: 7168 };

export type FunctionName = keyof typeof functions;
export const functionNames = Object.keys(functions) as FunctionName[];

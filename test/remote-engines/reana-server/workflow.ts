import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** A specification of a serial workflow, as far as it is executed here. */
export const reanaSpecification = z.object({
  workflow: z.object({
    type: z.literal('serial'),
    specification: z.object({
      steps: z.array(z.object({ name: z.string(), environment: z.string(), commands: z.array(z.string()) })),
    }),
  }),
});

type Status = 'created' | 'queued' | 'running' | 'finished' | 'failed' | 'stopped' | 'deleted';

interface Job {
  readonly name: string;
  readonly image: string;
  readonly command: string;
  status: 'running' | 'finished' | 'failed';
  logs: string;
}

export type Workflow = ReturnType<typeof createWorkflow>;

/**
 * A serial workflow that runs its commands one by one as processes in its workspace, as reana-workflow-engine-serial
 * runs them in pods.
 */
export function createWorkflow(
  root: string,
  name: string,
  specification: z.infer<typeof reanaSpecification>,
) {
  const id = randomUUID();
  const workspace = join(root, id);
  mkdirSync(workspace, { recursive: true });
  const jobs: Job[] = [];
  let status: Status = 'created';
  let running: ChildProcess | undefined;

  /** `$name` stands for a parameter, of which there are none (reana-commons, `serial_load`). */
  const expand = (command: string) => {
    if (/\$(?!\$)/.test(command.replaceAll('$$', ''))) throw new Error(`unknown parameter in ${command}`);
    return command.replaceAll('$$', '$');
  };

  const runCommand = (job: Job): Promise<void> =>
    new Promise((resolve) => {
      const child = spawn('bash', ['-c', job.command], { cwd: workspace });
      running = child;
      const note = (chunk: Buffer) => {
        job.logs += chunk.toString('utf8');
      };
      child.stdout.on('data', note);
      child.stderr.on('data', note);
      child.on('close', (code) => {
        job.status = code === 0 ? 'finished' : 'failed';
        resolve();
      });
    });

  return {
    id,
    name,
    workspace,
    specification,
    jobs,
    status: () => status,
    set: (next: Status) => {
      status = next;
    },
    /** Runs all commands; the status is then that of the last one. */
    async execute(): Promise<void> {
      status = 'running';
      for (const step of specification.workflow.specification.steps) {
        for (const text of step.commands) {
          const command = expand(text);
          const job: Job = { name: step.name, image: step.environment, command, status: 'running', logs: '' };
          jobs.push(job);
          await runCommand(job);
          if (status !== 'running') return;
          if (job.status === 'failed') {
            status = 'failed';
            return;
          }
        }
      }
      status = 'finished';
    },
    stop(): void {
      status = 'stopped';
      running?.kill('SIGKILL');
    },
  };
}

import * as z from 'zod';

/**
 * The parts of REANA's responses that are read here (reana-server, `docs/openapi.json`). Everything else is ignored;
 * REANA is not trusted, so texts and lists are bounded.
 */

/** Statuses of a workflow (reana-db, `RunStatus`). */
const statuses = [
  ...(['created', 'queued', 'pending', 'running', 'finished', 'failed', 'stopped', 'deleted'] as const),
];
export type ReanaStatus = (typeof statuses)[number];

const id = z.string().regex(/^[0-9a-f-]{36}$/);

export const created = z.object({ workflow_id: id });
export const workflows = z.object({
  items: z.array(z.object({ id, name: z.string().max(512), status: z.enum(statuses) })).max(1000),
});
export const status = z.object({ status: z.enum(statuses) });
/** Responses whose content does not matter. */
export const anything = z.unknown();
export const files = z.object({
  items: z
    .array(z.object({ name: z.string().max(4096), size: z.object({ raw: z.int().min(0) }) }))
    .max(100_000),
});
export const logs = z.object({ logs: z.string() });

const jobs = z.record(
  z.string(),
  z.object({
    job_name: z.string(),
    status: z.string(),
    logs: z.string().nullish(),
    started_at: z.string().nullish(),
  }),
);
/** The text in `logs`, which is JSON. */
export const logsText = z.object({ workflow_logs: z.string().nullish(), job_logs: jobs.nullish() });

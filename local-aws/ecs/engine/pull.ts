import * as z from 'zod';
import { EngineError } from './api.ts';
import type { ContainerEngine } from './container-engine.ts';
import { pullError } from './pull-errors.ts';
import type { RegistryLogin } from './registry-login.ts';

interface PullOptions {
  readonly engine: ContainerEngine;
  readonly image: string;
  /** For example `linux/amd64`. */
  readonly platform: string;
  readonly login: RegistryLogin;
  /** Milliseconds to wait for the first response of the registry; the limit for silence by default. */
  readonly responseTimeoutMs?: number | undefined;
  onProgress(line: string): void;
}

/** After this much silence, the registry or the connection to it counts as dead. */
const SILENCE_MS = 120_000;
const PROGRESS_EVERY_MS = 3000;

const progress = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  stream: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).nullish(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string() }).optional(),
});

type Progress = z.infer<typeof progress>;

/** @throws ContainerError `CannotPullContainerError` */
export async function pullImage(options: PullOptions): Promise<void> {
  const { engine, image, platform, onProgress, responseTimeoutMs = SILENCE_MS } = options;
  const timedOut = new AbortController();
  const timer = setTimeout(() => timedOut.abort(), responseTimeoutMs);
  const begun = Date.now();
  onProgress(`pulling image ${image}`);
  try {
    const auth = engine.name === 'Docker' ? await options.login(image) : undefined;
    const lines = engine.api.follow({
      method: 'POST',
      path: '/images/create',
      query: { fromImage: withTag(image), platform },
      headers: auth === undefined ? {} : { 'x-registry-auth': auth },
      timeoutMs: SILENCE_MS,
      signal: timedOut.signal,
    });
    await watchPull(lines, image, (line) => {
      clearTimeout(timer);
      if (line !== undefined) onProgress(line);
    });
  } catch (error) {
    if (timedOut.signal.aborted) {
      throw pullError(
        image,
        platform,
        `the registry did not respond for ${responseTimeoutMs / 1000} seconds`,
      );
    }
    if (error instanceof EngineError) throw pullError(image, platform, error.message);
    throw error;
  } finally {
    clearTimeout(timer);
  }
  onProgress(`pulled image ${image} in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}

/** Adds a tag if there is none, since Docker would then pull all tags. */
const withTag = (image: string): string =>
  image.includes('@') || image.includes(':', image.lastIndexOf('/') + 1) ? image : `${image}:latest`;

/**
 * Reads the response to a pull. A pull that fails after the response began reports this in a line, with status 200.
 *
 * @param onLine called with each line of the response, and at intervals with the progress for the operator
 */
async function watchPull(
  lines: AsyncIterable<unknown>,
  image: string,
  onLine: (progress?: string) => void,
): Promise<void> {
  const layers = new Map<string, { readonly current: number; readonly total: number }>();
  let next = Date.now() + PROGRESS_EVERY_MS;
  for await (const line of lines) {
    const { data } = progress.safeParse(line);
    if (!data) continue;
    const failure = data.errorDetail?.message ?? data.error;
    if (failure) throw new EngineError(failure);
    note(layers, data);
    onLine();
    if (Date.now() < next) continue;
    next = Date.now() + PROGRESS_EVERY_MS;
    onLine(`pulling image ${image}${amounts([...layers.values()])}`);
  }
}

/** Counts downloads only, because extraction reports the same bytes again. */
function note(
  layers: Map<string, { readonly current: number; readonly total: number }>,
  { id, status = '', progressDetail }: Progress,
): void {
  const { current, total } = progressDetail ?? {};
  if (id === undefined || current === undefined || total === undefined) return;
  if (/^(?:Downloading|Copying|Pulling)/.test(status)) layers.set(id, { current, total });
}

function amounts(layers: readonly { readonly current: number; readonly total: number }[]): string {
  const megabytes = (key: 'current' | 'total') =>
    Math.round(layers.reduce((sum, layer) => sum + layer[key], 0) / 1_000_000);
  return layers.length > 0 ? `: ${megabytes('current')} of ${megabytes('total')} MB` : '';
}

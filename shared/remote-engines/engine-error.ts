/** Longest text of an engine's response that is repeated. */
const MAX_MESSAGE = 500;

/** Statuses for a request that the engine would reject again (RFC 9110, section 15.5). */
const REFUSALS = new Set([400, 409, 413, 422, 501]);

/** A request to an engine failed, or its response cannot be used. The message contains no address and no token. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  /** HTTP status of the response; undefined if there was none. */
  readonly status: number | undefined;

  constructor(message: string, { status, cause }: { status?: number; cause?: unknown } = {}) {
    super(message.slice(0, MAX_MESSAGE).toWellFormed(), cause === undefined ? undefined : { cause });
    this.status = status;
  }

  /** Whether a repetition of the request would fail again. Wrong credentials and used-up quotas do not count. */
  get isPermanent(): boolean {
    return this.status !== undefined && REFUSALS.has(this.status);
  }
}

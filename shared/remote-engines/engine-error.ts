/** Longest text of an engine's response that is repeated. */
const MAX_MESSAGE = 500;

/** Statuses for a request that the engine would reject again (RFC 9110, section 15.5). */
const REFUSALS = new Set([400, 409, 413, 422, 501]);

interface Details {
  readonly status?: number;
  readonly cause?: unknown;
  readonly isPermanent?: boolean;
}

/** A request to an engine failed, or its response cannot be used. The message contains no address and no token. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  /** HTTP status of the response; undefined if there was none. */
  readonly status: number | undefined;

  /** Whether a repetition of the request would fail again. Wrong credentials and used-up quotas do not count. */
  readonly isPermanent: boolean;

  /** @param details `isPermanent` by default depends on the status */
  constructor(message: string, { status, cause, isPermanent }: Details = {}) {
    super(message.slice(0, MAX_MESSAGE).toWellFormed(), cause === undefined ? undefined : { cause });
    this.status = status;
    this.isPermanent = isPermanent ?? (status !== undefined && REFUSALS.has(status));
  }
}

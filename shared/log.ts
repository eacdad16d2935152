/**
 * Logs an error as one line of JSON on standard error, where Lambda and the local stack collect it. Never log a
 * request's headers or body: they hold passwords and tokens.
 */
export function logError(message: string, fields: Readonly<Record<string, unknown>>, error: unknown): void {
  const fault =
    error instanceof Error ? { error: error.name, detail: error.message, stack: error.stack } : { error };
  write('ERROR', message, { ...fields, ...fault });
}

/** Like `logError`, for a normal event that an operator may look for. */
export function logInfo(message: string, fields: Readonly<Record<string, unknown>>): void {
  write('INFO', message, fields);
}

/** Like `logError`, for an event that may need an operator's attention although nothing failed. */
export function logWarning(message: string, fields: Readonly<Record<string, unknown>>): void {
  write('WARN', message, fields);
}

const write = (level: string, message: string, fields: Readonly<Record<string, unknown>>): void => {
  process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
};

/**
 * One line of JSON on standard error, where Lambda and the local stack collect it. Never log a request's
 * headers or body: they hold passwords and tokens.
 */
export function logError(message: string, fields: Readonly<Record<string, unknown>>, error: unknown): void {
  const fault =
    error instanceof Error ? { error: error.name, detail: error.message, stack: error.stack } : { error };
  process.stderr.write(`${JSON.stringify({ level: 'ERROR', message, ...fields, ...fault })}\n`);
}

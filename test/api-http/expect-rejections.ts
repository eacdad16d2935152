import { expect } from 'vitest';
import type { Services } from '../../shared/services/services.ts';
import type { Reply } from '../end-to-end/running-stack.ts';
import { stored } from './stored.ts';

type Rejected = () => Promise<Pick<Reply, 'status' | 'text'>>;

/**
 * Expects each request to be rejected with a short sentence and one of the statuses, and all requests together to
 * change nothing.
 */
export async function expectRejections(
  services: Services,
  requests: readonly Rejected[],
  ...statuses: readonly number[]
): Promise<void> {
  const before = await stored(services);
  for (const request of requests) {
    const { status, text } = await request();
    expect(statuses, text.slice(0, 300)).toContain(status);
    expect(JSON.parse(text).message).toMatch(/\S/);
    expect(text.length).toBeLessThan(1500);
  }
  expect(await stored(services)).toEqual(before);
}

import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../shared/client/error.ts';
import { whenReady } from '../../shared/client/when-ready.ts';

describe('waiting for a download', () => {
  const notReady = new ApiError({
    status: 202,
    code: 'download.not-ready',
    message: 'the file is still being created',
    retryAfter: 0,
  });
  const afterTries = (errors: readonly Error[]) => {
    const left = [...errors];
    return async () => {
      const error = left.shift();
      if (error) throw error;
      return new Response('bytes');
    };
  };

  it('repeats the request until the file exists, and calls onWait once', async () => {
    let said = 0;
    const response = await whenReady(afterTries([notReady, notReady]), () => {
      said += 1;
    });
    expect([await response.text(), said]).toEqual(['bytes', 1]);
  });

  it('does not call onWait for a file that exists', async () => {
    const complain = () => {
      throw new Error('onWait must not be called');
    };
    expect(await (await whenReady(afterTries([]), complain)).text()).toBe('bytes');
  });

  it.each([undefined, 1, 86_400])('stops after half an hour with Retry-After %s', async (retryAfter) => {
    vi.useFakeTimers();
    try {
      const busy = new ApiError({ status: 202, code: 'download.not-ready', message: 'busy', retryAfter });
      const begin = Date.now();
      const outcome = whenReady(() => Promise.reject(busy)).catch((error: unknown) => error);
      await vi.runAllTimersAsync();
      expect([await outcome, Date.now() - begin]).toEqual([busy, 30 * 60_000]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('rethrows every other error', async () => {
    const gone = new ApiError({ status: 404, code: 'run.unknown', message: "unknown run 'x'" });
    await expect(whenReady(afterTries([notReady, gone]))).rejects.toBe(gone);
  });
});

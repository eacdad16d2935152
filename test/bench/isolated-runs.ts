import { readConfig } from '../../shared/config.ts';
import { createServices } from '../../shared/services.ts';
import type { Measurement } from './measurement.ts';
import { measureRuns } from './runs.ts';
import { startServer } from './server.ts';

/** The same runs where each function has processes of its own, as on AWS; on another server, on fresh data. */
export const isolatedRuns: Measurement = {
  name: 'isolated',
  async measure({ sizes, say }) {
    say('bundling the functions');
    const server = await startServer('isolated');
    try {
      const services = createServices(readConfig(server.operator));
      return await measureRuns({ server, services, sizes, say }, ', isolated');
    } finally {
      await server.close();
    }
  },
};

import { readConfig } from '../../shared/config.ts';
import { createServices } from '../../shared/services/services.ts';
import type { Measurement } from './measurement.ts';
import { measureRuns } from './runs.ts';
import { startServer } from './server.ts';

/**
 * The same runs, on another server with an empty data folder that runs each function and container in its own process,
 * as AWS does. Starting processes takes most of the time, so the targets do not apply.
 */
export const isolatedRuns: Measurement = {
  name: 'isolated',
  async measure({ sizes, say }) {
    say('bundling the functions');
    const server = await startServer('isolated');
    try {
      const services = createServices(readConfig(server.operator));
      const figures = await measureRuns({ server, services, sizes, say }, ', isolated');
      return figures.map(({ target: _, ...figure }) => figure);
    } finally {
      await server.close();
    }
  },
};

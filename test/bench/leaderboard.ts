import { createClient } from '../../shared/client/client.ts';
import { type Figure, median, quantile } from './figure.ts';
import { sendMany, withClients } from './load.ts';
import type { Measurement } from './measurement.ts';
import { participant } from './participant.ts';
import { GROUPS, type RankedWorkflow, rankedWorkflow } from './ranked-runs.ts';
import type { Sizes } from './sizes.ts';

/** Reads of the whole ranking in a different order, which is ranked for the request. */
const OWN_ORDER_READS = 3;

/**
 * The default leaderboard of ten groups at three numbers of ranked runs. It shows the best run of each group:
 * every response has ten entries.
 */
export const leaderboard: Measurement = {
  name: 'leaderboard',
  async measure({ server, services, sizes, say }) {
    const { client } = await participant(server.url);
    const leaderboards: RankedWorkflow[] = [];
    for (const runs of sizes.rankedRuns) {
      say(`${runs} ranked runs`);
      leaderboards.push(await rankedWorkflow(services, client, runs));
    }
    const anonymous = createClient({ url: server.url });
    for (const { id } of leaderboards) await expectOneEntryAGroup(anonymous, id);
    say('reading the leaderboards in turn');
    const times = await readInTurn(server.url, leaderboards, sizes);
    const [small, , large] = leaderboards.map(({ runs }) => times.get(runs) ?? []);
    const figures = leaderboards.flatMap(({ runs, buildMs }): Figure[] => [
      { name: `leaderboard of ${runs} runs: p50`, value: median(times.get(runs) ?? []), unit: 'ms' },
      { name: `leaderboard of ${runs} runs: p99`, value: quantile(times.get(runs) ?? [], 0.99), unit: 'ms' },
      { name: `leaderboard of ${runs} runs: building it`, value: buildMs, unit: 'ms' },
    ]);
    const ratio = median(large ?? []) / median(small ?? []);
    const largest = leaderboards[leaderboards.length - 1];
    if (!largest) return figures;
    return [
      ...figures,
      {
        name: `leaderboard of ${largest.runs} runs to that of ${leaderboards[0]?.runs}, p50`,
        value: ratio,
        unit: 'x',
        target: { atMost: 1.5 },
      },
      {
        name: `leaderboard of ${largest.runs} runs in another order`,
        value: await readInOwnOrder(anonymous, largest.id),
        unit: 'ms',
      },
    ];
  },
};

async function expectOneEntryAGroup(client: ReturnType<typeof createClient>, id: string): Promise<void> {
  const { ranking } = await client.workflows.leaderboard(id);
  if (ranking.length !== GROUPS) throw new Error(`the leaderboard of ${id} has ${ranking.length} entries`);
}

/**
 * Reads the leaderboards in many short turns, so that other work of the host affects all alike. The first turn of each
 * is the warm-up.
 */
function readInTurn(
  url: string,
  leaderboards: readonly RankedWorkflow[],
  { leaderboardRounds, leaderboardTurn }: Pick<Sizes, 'leaderboardRounds' | 'leaderboardTurn'>,
) {
  const times = new Map<number, number[]>();
  return withClients(async (agent) => {
    for (let round = 0; round <= leaderboardRounds; round += 1) {
      for (const { id, runs } of leaderboards) {
        const make = () => ({ path: `/workflows/${id}/leaderboard` });
        const turn = await sendMany(agent, url, make, (sent) => sent >= leaderboardTurn);
        if (round > 0) times.set(runs, [...(times.get(runs) ?? []), ...turn]);
      }
    }
    return times;
  });
}

async function readInOwnOrder(client: ReturnType<typeof createClient>, id: string): Promise<number> {
  const times: number[] = [];
  for (let read = 0; read < OWN_ORDER_READS; read += 1) {
    const start = performance.now();
    await client.workflows.leaderboard(id, { orderBy: 'errors:asc' });
    times.push(performance.now() - start);
  }
  return median(times);
}

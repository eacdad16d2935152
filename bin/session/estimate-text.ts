import type { RunEstimate } from '../../shared/api/cost-answers.ts';
import { oneLine, usdText } from '../terminal/text.ts';

/** What a run would cost at most, as lines for people. */
export function estimateLines({ steps, usd, prices }: RunEstimate): string[] {
  const { date, region } = prices;
  const lines = steps.map(
    (step) => `  ${oneLine(step.name)}: ${step.cpu} vCPU for ${step.timeout} s: ${usdText(step.usd)} USD`,
  );
  return [`at most ${usdText(usd)} USD by the prices of ${date} in ${region}`, ...lines];
}

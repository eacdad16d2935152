import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bench } from './bench.ts';
import { formatReport } from './report.ts';

/**
 * `npm run bench`: prints the figures as a table and writes them as JSON.
 *
 * - `--only name`, any number of times: measures only this
 * - `--json file`: where the figures go
 * - `--quick`: small sizes, to see that the bench works
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'string', default: '.flowserv-bench.json' },
    quick: { type: 'boolean', default: false },
  },
});

const begun = performance.now();
const say = (line: string) =>
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);

try {
  const report = await bench({ only: values.only, quick: values.quick, say });
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`${formatReport(report).join('\n')}\nwritten to ${values.json}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bench } from './bench.ts';
import { formatReport } from './report.ts';

const USAGE = `npm run bench -- [options]: print figures as a table and write them as JSON

  --only NAME   run only this measurement; can be repeated
  --json FILE   write the figures to this file (default: .flowserv-bench.json)
  --quick       use small sizes, to check that the measurements work
  --help        show this text
`;

const begun = performance.now();
const say = (line: string) =>
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);

try {
  const { only, json, quick, help } = options();
  if (help) {
    process.stdout.write(USAGE);
  } else {
    const report = await bench({ only, quick, say });
    writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    process.stdout.write(`${formatReport(report).join('\n')}\nwritten to ${json}\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** @throws TypeError for an unknown option */
function options() {
  return parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string', default: '.flowserv-bench.json' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

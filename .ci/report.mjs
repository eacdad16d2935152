// Reads the JSON report of a script of tests and its exit status; describes each failure on standard error, and writes
// `PASSED FAILED` to standard output. Types, lint, a file that could not be loaded or a missing report fail a script
// without a failed test; they count as one.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [, , name, folder] = process.argv;
const MAX_LINES = 12;

function read(path, otherwise) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

const status = read(`${folder}/${name}.status`, 'unknown').trim();
const report = read(`${folder}/${name}.json`, '');
const { numPassedTests = 0, numFailedTests = 0, testResults = [] } = JSON.parse(report || '{}');
const describe = (title, messages) =>
  process.stderr.write(
    `${[`FAILED ${title}`, ...messages.join('\n').split('\n').slice(0, MAX_LINES)].join('\n  ')}\n`,
  );

for (const { name: file, status: ended, message, assertionResults } of testResults) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  for (const { fullName, failureMessages } of failed) {
    describe(`${relative('.', file)}: ${fullName}`, failureMessages);
  }
  if (ended === 'failed' && failed.length === 0) describe(relative('.', file), [message]);
}
const failedOtherwise = (status !== '0' || !report) && numFailedTests === 0;
if (failedOtherwise) {
  const missing = report ? '' : ', without a report';
  describe(`npm run ${name}: exit status ${status}${missing}`, ['see its output above']);
}
process.stdout.write(`${numPassedTests} ${failedOtherwise ? 1 : numFailedTests}\n`);

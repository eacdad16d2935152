/**
 * Runs in a separate process. It takes the path of the evaluator's main module, reads policies and requests from its
 * input as JSON, and writes each decision with the statements that caused it.
 */
const { runSimulation } = await import(process.argv[2]);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { policies, simulations } = JSON.parse(Buffer.concat(chunks).toString());
const known = (key) => (key === undefined ? undefined : policies[key]);

const decided = [];
for (const { request, role, guard, endpoint } of simulations) {
  const answer = await runSimulation(
    {
      request,
      identityPolicies: known(role) ? [{ name: 'role', policy: known(role) }] : [],
      resourcePolicy: known(guard),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      vpcEndpointPolicies: known(endpoint) ? [{ name: 'endpoint', policy: known(endpoint) }] : [],
    },
    {},
  );
  if (answer.resultType !== 'single') {
    decided.push({ fault: JSON.stringify(answer.errors ?? answer.resultType) });
    continue;
  }
  const { analysis, ignoredContextKeys } = answer.result;
  const kind = analysis.result === 'ExplicitlyDenied' ? 'denyStatements' : 'allowStatements';
  const by = [analysis.identityAnalysis, analysis.resourceAnalysis, analysis.endpointAnalysis].flatMap(
    (each) => (each?.[kind] ?? []).map(({ statement }) => statement.sid() ?? ''),
  );
  decided.push({ decision: analysis.result, by, ignored: ignoredContextKeys });
}
process.stdout.write(JSON.stringify(decided));

import { errorCatalogue, type Fault, wireMessages } from '../error-catalogue.ts';

const HEADING = `# Error codes

Every error of the API has one of these codes. Programs can rely on them: a code never changes its meaning. The
\`message\` of the response has the details and may change. [api.md](api.md#errors) shows a response.

\`npm run openapi\` generates this page from \`shared/error-catalogue.ts\`.

| Code | Status | Who can fix it | When it occurs |
| --- | --- | --- | --- |
`;

const MESSAGES = `
## Messages that never change

Clients of flowServ show or compare these messages, so they are byte for byte those of flowServ. \`{}\` stands for a text of
the request.

| Code | Message |
| --- | --- |
`;

const WHO: Readonly<Record<Fault, string>> = {
  caller: 'the sender of the request',
  organiser: 'the author of the workflow',
  platform: 'the operator of the server',
};

/** The text of docs/errors.md. */
export function errorTable(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, fault, when }]) => `| \`${code}\` | ${status} | ${WHO[fault]} | ${when} |\n`,
  );
  const messages = Object.entries(wireMessages).flatMap(([code, texts]) =>
    texts.map((text) => `| \`${code}\` | \`${text}\` |\n`),
  );
  return `${HEADING}${rows.join('')}${MESSAGES}${messages.join('')}`;
}

import { errorCatalogue, type Fault, wireMessages } from '../error-catalogue.ts';

const HEADING = `# Error codes

Every refusal of the API has one of these codes, which programs can rely on: a code never changes its meaning. The
sentence beside it, the \`message\` of the answer, says more and may change. [api.md](api.md#refusals) shows an answer.

This page is made of \`shared/error-catalogue.ts\` by \`npm run openapi\`.

| Code | Status | Who can mend it | When it comes |
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
  caller: 'who sent the request',
  organiser: 'who wrote the workflow',
  platform: 'who runs the server',
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

import { writeFileSync } from 'node:fs';
import { errorTable } from '../../shared/api/error-table.ts';
import { openApiDocument } from '../../shared/api/openapi.ts';

/** `npm run openapi`: writes the documents that are made of the route table and of the error catalogue. Tests say when it is due. */
const write = (path: string, text: string) => writeFileSync(new URL(`../../${path}`, import.meta.url), text);
write('shared/api/openapi.json', `${JSON.stringify(openApiDocument(), undefined, 2)}\n`);
write('docs/errors.md', errorTable());

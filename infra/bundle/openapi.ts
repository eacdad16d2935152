import { writeFileSync } from 'node:fs';
import { errorTable } from '../../shared/api/error-table.ts';
import { openApiDocument } from '../../shared/api/openapi.ts';

/**
 * `npm run openapi`: generates the documents of the route table and of the error catalogue. Tests fail when they are
 * out of date.
 */
const write = (path: string, text: string) => writeFileSync(new URL(`../../${path}`, import.meta.url), text);
write('shared/api/openapi.json', `${JSON.stringify(openApiDocument(), undefined, 2)}\n`);
write('docs/errors.md', errorTable());

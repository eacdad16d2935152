import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../../shared/api/openapi.ts';

/** `npm run openapi`: writes the document that the API serves. A test says when it is due. */
const file = new URL('../../shared/api/openapi.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(openApiDocument(), undefined, 2)}\n`);

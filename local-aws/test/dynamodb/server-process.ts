/** Runs the server in its own process, for tests that kill it: `node server-process.ts <data folder>`. */
import { createCredentialLookup } from '../../aws/credentials.ts';
import { startDynamoDb } from '../../dynamodb/server.ts';
import { CREDENTIALS, REGION } from './running-dynamodb.ts';

const dataDir = process.argv[2];
if (dataDir === undefined || process.send === undefined) throw new Error('needs a folder and a parent');
const credentials = createCredentialLookup([CREDENTIALS]);
const server = await startDynamoDb({ dataDir, port: 0, region: REGION, credentials });
process.send(server.endpoint);

import { App } from 'aws-cdk-lib';
import { rejectFileStore } from '../infra/aws/file-store.ts';
import { createStack } from '../infra/aws/stack.ts';
import { readStage } from '../infra/aws/stage.ts';

/** The CDK app. `npx cdk` starts it with the command in cdk.json: `npx cdk deploy -c stage=prod`. */
rejectFileStore(process.env);
const app = new App();
createStack(app, readStage(app.node));

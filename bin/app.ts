import { App } from 'aws-cdk-lib';
import { createStack } from '../infra/aws/stack.ts';
import { readStage } from '../infra/aws/stage.ts';

/** The CDK app, which `npx cdk` starts as cdk.json says: `npx cdk deploy -c stage=prod`. */
const app = new App();
createStack(app, readStage(app.node));

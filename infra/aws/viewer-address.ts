import { Function as EdgeFunction, FunctionCode, FunctionRuntime } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { VIEWER_HEADER } from '../../functions/events/address.ts';
import { edgeName } from './edge-name.ts';
import type { Stage } from './stage.ts';

/**
 * Sets a header with the viewer's address, and replaces a value that the viewer sent (CloudFront,
 * "CloudFront Functions event structure").
 */
export const createViewerAddress = (scope: Construct, stage: Stage): EdgeFunction =>
  new EdgeFunction(scope, 'ViewerAddress', {
    functionName: edgeName(scope, stage, 'viewer'),
    comment: `Address of the viewer, for flowServ ${stage.name}`,
    runtime: FunctionRuntime.JS_2_0,
    code: FunctionCode.fromInline(
      [
        'function handler(event) {',
        '  var request = event.request;',
        `  request.headers['${VIEWER_HEADER}'] = { value: event.viewer.ip };`,
        '  return request;',
        '}',
      ].join('\n'),
    ),
  });

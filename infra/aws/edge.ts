import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  FunctionEventType,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Construct } from 'constructs';
import { EDGE_HEADER } from '../../functions/events/address.ts';
import { ALWAYS } from '../../functions/events/http.ts';
import { acknowledge } from './acknowledge.ts';
import { gatewayHost } from './api.ts';
import type { Data } from './data.ts';
import { createEdgeKey } from './edge-key.ts';
import { logWhereCloudFrontCan } from './edge-logs.ts';
import { edgeName } from './edge-name.ts';
import { asBucket } from './interfaces.ts';
import type { Stage } from './stage.ts';
import { createViewerAddress } from './viewer-address.ts';

/**
 * Errors that CloudFront caches for 10 seconds by default. It caches most of them even with `no-store`, and
 * would return one caller's rejection to the next (CloudFront, "Control how long CloudFront caches errors").
 */
const KEPT_ERRORS = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/** Validity of HSTS: two years, as browsers' preload lists require. */
const HSTS_DAYS = 730;

/** CloudFront in front of the API. */
export interface Edge {
  readonly distribution: Distribution;
  /** The secret that CloudFront sends with each request. */
  readonly key: string;
}

/** Creates the CloudFront distribution: one domain name with TLS, to which a web ACL can be attached. */
export function createEdge(parent: Construct, stage: Stage, api: HttpApi, { logBucket }: Data): Edge {
  const scope = new Construct(parent, 'Edge');
  const { domain, webAclArn } = stage;
  const key = createEdgeKey(parent, stage);
  const distribution = new Distribution(scope, 'Distribution', {
    comment: `flowServ ${stage.name}`,
    defaultBehavior: {
      origin: new HttpOrigin(gatewayHost(api), {
        protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
        // With this header the functions recognise that the viewer's address comes from CloudFront.
        customHeaders: { [EDGE_HEADER]: key },
      }),
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      // The gateway accepts requests for its own name only.
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      // No redirect from HTTP: the redirected request has already exposed its token.
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      responseHeadersPolicy: createHeaders(scope, stage),
      functionAssociations: [
        { function: createViewerAddress(scope, stage), eventType: FunctionEventType.VIEWER_REQUEST },
      ],
    },
    errorResponses: KEPT_ERRORS.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
    httpVersion: HttpVersion.HTTP2_AND_3,
    priceClass: PriceClass.PRICE_CLASS_100,
    enableLogging: true,
    logBucket: asBucket(logBucket),
    logFilePrefix: 'cloudfront/',
    ...(domain
      ? {
          domainNames: [domain.name],
          minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
          certificate: Certificate.fromCertificateArn(scope, 'Certificate', domain.certificateArn),
        }
      : {}),
    ...(webAclArn === undefined ? {} : { webAclId: webAclArn }),
  });
  logWhereCloudFrontCan(distribution);
  acknowledge(distribution, 'CFR1', 'participants come from everywhere');
  if (webAclArn === undefined)
    acknowledge(distribution, 'CFR2', 'a setting of the stage: a web ACL has a monthly price');
  if (!domain)
    acknowledge(distribution, 'CFR4', "CloudFront's own certificate determines the minimum protocol version");
  return { distribution, key };
}

function createHeaders(scope: Construct, stage: Stage): ResponseHeadersPolicy {
  return new ResponseHeadersPolicy(scope, 'Headers', {
    responseHeadersPolicyName: edgeName(scope, stage, 'headers'),
    securityHeadersBehavior: {
      strictTransportSecurity: {
        accessControlMaxAge: Duration.days(HSTS_DAYS),
        includeSubdomains: false,
        override: true,
      },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      contentSecurityPolicy: {
        contentSecurityPolicy: ALWAYS['content-security-policy'],
        override: true,
      },
    },
  });
}

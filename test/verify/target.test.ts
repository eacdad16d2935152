import { describe, expect, it } from 'vitest';
import { otherArchitectureImage } from '../../bin/verify/checks/images.ts';
import { createTarget, waysTo } from '../../bin/verify/target.ts';
import { settingsOf } from '../../infra/output-names.ts';
import { outputsOf } from '../bin/cloudformation.ts';

const GATEWAY = 'https://a1b2c3.execute-api.eu-central-1.amazonaws.com/flowserv/api/v1';
const EDGE = 'https://d111111abcdef8.cloudfront.net/flowserv/api/v1';
/** The URL of the broker in an isolated network: a private API. */
const PRIVATE_BROKER = 'https://z9y8x7.execute-api.eu-central-1.amazonaws.com/steps';

const target = (url: string, given: Readonly<Record<string, string>> = {}) =>
  createTarget(
    settingsOf(
      outputsOf(
        { FLOWSERV_GATEWAY_URL: GATEWAY, FLOWSERV_BROKER_URL: `${GATEWAY}/internal/steps`, ...given },
        url,
      ),
    ),
  );

describe('a deployed stage that is verified', () => {
  it('is reached through CloudFront and at the gateway', () => {
    const { url, gateway, lacks, ...found } = target(EDGE);
    expect([url, gateway]).toEqual([EDGE, GATEWAY]);
    expect(waysTo({ url, gateway, lacks, ...found })).toEqual([EDGE, GATEWAY]);
    expect([...lacks.keys()]).toEqual([]);
  });

  it('is reached at the gateway alone without CloudFront', () => {
    const found = target(GATEWAY);
    expect(waysTo(found)).toEqual([GATEWAY]);
    expect([...found.lacks.keys()]).toEqual(['cloudfront']);
  });

  const isolated = { FLOWSERV_NETWORK: 'isolated', FLOWSERV_BROKER_URL: PRIVATE_BROKER };

  it('is reached at the gateway even if the broker is at a private API', () => {
    expect(target(EDGE, isolated)).toMatchObject({ gateway: GATEWAY, brokerUrl: PRIVATE_BROKER });
    expect([...target(EDGE, isolated).lacks.keys()]).toEqual([]);
  });

  it('is known to have no CloudFront even if its broker is at a private API', () => {
    const found = target(GATEWAY, isolated);
    expect(waysTo(found)).toEqual([GATEWAY]);
    expect([...found.lacks.keys()]).toEqual(['cloudfront']);
  });
});

describe('the image that is built for another processor', () => {
  it.each([
    ['X86_64', /arm64/],
    ['ARM64', /amd64/],
  ] as const)('is for the other architecture if the stage has %s', (architecture, image) => {
    expect(otherArchitectureImage(architecture)).toMatch(image);
  });
});

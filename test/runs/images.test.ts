import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imagesThatRan } from '../../shared/runs/images.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const record = (index: number, change: object = {}) => ({
  index,
  name: `step ${index}`,
  image: 'python:3.12-slim',
  imageDigest: digest,
  ...change,
});
const open = () => false;

describe('the images of a run', () => {
  it('are those of its steps in order, each with its name and digest', () => {
    expect(imagesThatRan([record(0), record(1, { image: 'alpine' })], open)).toEqual([
      { step: 'step 0', image: 'python:3.12-slim', digest },
      { step: 'step 1', image: 'alpine', digest },
    ]);
  });

  it('exclude a step whose image digest the platform did not report', () => {
    expect(imagesThatRan([record(0, { imageDigest: undefined }), record(1)], open)).toMatchObject([
      { step: 'step 1' },
    ]);
  });

  it('exclude a step whose output is private', () => {
    const images = imagesThatRan([record(0), record(1)], (index) => index === 1);
    expect(images).toMatchObject([{ step: 'step 0' }]);
  });

  it('fit into the space that an item of the table has for them', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 200 }), fc.nat(200), (pairs, length) => {
        const records = pairs.map(([name, image], index) =>
          record(index, { name: name.repeat(length), image: image.repeat(length) }),
        );
        const images = imagesThatRan(records, open);
        expect(Buffer.byteLength(JSON.stringify(images))).toBeLessThan(30_000);
        expect(images.every(({ step, image }) => step.isWellFormed() && image.isWellFormed())).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

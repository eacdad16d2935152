import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../shared/config.ts';
import { costOf, priceOf, usdOf } from '../../shared/costs/step-price.ts';
import { priceEnvironment } from '../../shared/price-settings.ts';

const { pricing } = readConfig({});
const size = { cpu: 1, memory: 2048, disk: 20 };
const HOUR = 3600;

describe('the price of a step', () => {
  it('is that of the list, in micro-dollars per hour', () => {
    // 0.04048 for a vCPU and 2 × 0.004445 for the memory; on ARM64 0.03238 and 2 × 0.00356.
    expect(priceOf(size, {}, pricing)).toEqual({ onDemand: 49_370 });
    expect(priceOf(size, { architecture: 'ARM64' }, pricing)).toEqual({ onDemand: 39_500 });
    expect(priceOf(size, { spot: true }, pricing)).toEqual({ onDemand: 49_370, spot: 24_685 });
  });

  it('includes the disk above 20 GiB', () => {
    const ofDisk = (disk: number) => priceOf({ ...size, disk }, {}, pricing).onDemand - 49_370;
    expect([0, 20, 21, 120].map(ofDisk)).toEqual([0, 0, 111, 11_100]);
  });

  it('with a GPU is that of its instance, whatever its size', () => {
    const large = { ...pricing, gpuInstance: 'g5.2xlarge' };
    expect(priceOf({ cpu: 8, memory: 30_000, disk: 200 }, { gpu: true }, large)).toEqual({
      onDemand: 1_212_000,
    });
  });

  it('uses the processor of the stage if the worker names none', () => {
    const arm = readConfig({ FLOWSERV_ARCHITECTURE: 'ARM64' }).pricing;
    expect(priceOf(size, {}, arm)).toEqual({ onDemand: 39_500 });
    expect(priceOf(size, { architecture: 'X86_64' }, arm)).toEqual({ onDemand: 49_370 });
  });

  const sizes = fc.record({
    cpu: fc.constantFrom(0.25, 0.5, 1, 2, 4, 8, 16),
    memory: fc.integer({ min: 512, max: 122_880 }),
    disk: fc.integer({ min: 21, max: 200 }),
  });

  it('never falls when a step gets more of anything, and is lower on spare capacity', () => {
    fc.assert(
      fc.property(sizes, sizes, (a, b) => {
        const both = {
          cpu: Math.max(a.cpu, b.cpu),
          memory: Math.max(a.memory, b.memory),
          disk: Math.max(a.disk, b.disk),
        };
        const { onDemand, spot = 0 } = priceOf(both, { spot: true }, pricing);
        expect(onDemand).toBeGreaterThanOrEqual(priceOf(a, {}, pricing).onDemand);
        expect(spot).toBeGreaterThan(0);
        expect(spot).toBeLessThan(onDemand);
      }),
    );
  });
});

describe('a cost', () => {
  it('is whole micro-dollars, and never less than the price of its time', () => {
    expect(costOf(49_370, 0)).toBe(0);
    expect(costOf(49_370, HOUR)).toBe(49_370);
    expect(usdOf(costOf(49_370, 300))).toBe(0.004115);
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.nat(604_800), (price, seconds) => {
        const cost = costOf(price, seconds);
        expect(Number.isSafeInteger(cost)).toBe(true);
        expect(cost).toBeGreaterThanOrEqual((price * seconds) / HOUR);
        expect(cost).toBeLessThan((price * seconds) / HOUR + 1);
      }),
    );
  });
});

describe('the setting of prices', () => {
  const setting = (value: unknown) => readConfig({ FLOWSERV_PRICES: JSON.stringify(value) }).pricing;
  const known = { date: '2026-11-01', region: 'eu-central-1' };

  it('replaces what it names, and keeps the rest of the list', () => {
    const changed = setting({ ...known, fargate: { X86_64: { cpu: 0.05, memory: 0.005 } }, disk: 0.0002 });
    expect(changed).toMatchObject({ ...known, disk: 0.0002 });
    expect(changed.fargate).toEqual({ ...pricing.fargate, X86_64: { cpu: 0.05, memory: 0.005 } });
    expect(changed.fargateSpot).toEqual(pricing.fargateSpot);
    expect(setting({ ...known, instances: { 'g5.xlarge': 1.258 } }).instances).toEqual({
      ...pricing.instances,
      'g5.xlarge': 1.258,
    });
  });

  it.each([
    ['no day', { region: 'eu-central-1' }],
    ['another day than a date', { ...known, date: 'yesterday' }],
    ['an unknown key', { ...known, fargat: {} }],
    ['an unknown processor', { ...known, fargate: { MIPS: { cpu: 1, memory: 1 } } }],
    ['a negative price', { ...known, disk: -1 }],
    ['a price in micro-dollars', { ...known, instances: { 'g5.xlarge': 1_006_000 } }],
    ['more types than the settings of a function hold', { ...known, instances: manyTypes() }],
  ])('is rejected with %s', (_what, value) => {
    expect(() => setting(value)).toThrow('FLOWSERV_PRICES');
  });

  it('is that of a stage', () => {
    const prices = { ...known, disk: 0.0002 };
    const { pricing: read } = readConfig(priceEnvironment({ prices, gpuInstance: 'g5.xlarge' }));
    expect(read).toMatchObject({ ...prices, gpuInstance: 'g5.xlarge' });
    expect(readConfig(priceEnvironment({ prices: undefined, gpuInstance: undefined })).pricing).toEqual(
      pricing,
    );
  });

  it('is rejected if it is not JSON', () => {
    expect(() => readConfig({ FLOWSERV_PRICES: '{' })).toThrow('FLOWSERV_PRICES: must be a JSON object');
  });
});

const manyTypes = () => Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`g${i}.xlarge`, 1]));

import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import type { PartUpload } from '../volumes/part-upload.ts';
import { MAX_LINKS, MAX_PARTS } from './limits.ts';

/** The parts of a file that its client sends straight to S3, since a function's event holds a few MB only. */

/** 8 MiB; larger files have larger parts, so that there are at most 10,000. */
const MIN_PART_BYTES = 8 * 1024 * 1024;
const MIB = 1024 * 1024;

/** How a file is split. */
interface Split {
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes of each part except the last. */
  readonly partSize: number;
}

/** A file that arrives in parts. */
export interface FileInParts extends Split {
  /** The upload as S3 identifies it. */
  readonly upload: PartUpload;
}

export interface PartLink {
  readonly number: number;
  readonly url: string;
}

/** Bytes of each part of a file, except the last. */
export const partSizeOf = (size: number): number =>
  Math.max(MIN_PART_BYTES, Math.ceil(size / MAX_PARTS / MIB) * MIB);

/** Number of parts; an empty file has one. */
export const partCount = ({ size, partSize }: Split): number => Math.max(1, Math.ceil(size / partSize));

/** Returns the bytes of a part: all parts have the same size except the last. */
const partBytes = (file: Split, number: number): number =>
  number < partCount(file) ? file.partSize : file.size - (number - 1) * file.partSize;

/** Returns the numbers of the first `count` parts. */
const numbersOf = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Returns the numbers of the first parts, up to the maximum number of links per response. */
export const firstNumbers = (file: Split): number[] => numbersOf(Math.min(MAX_LINKS, partCount(file)));

/** @throws FlowservError 400 for a number beyond the parts of the file */
export async function partLinks(
  { objects }: Services,
  file: FileInParts,
  numbers: readonly number[],
): Promise<PartLink[]> {
  const count = partCount(file);
  const outside = numbers.find((number) => number < 1 || number > count);
  if (outside !== undefined) throw invalid('upload.part', `no part ${outside}: the file has ${count}`);
  const link = async (number: number) => ({
    number,
    url: await objects.parts.link(file.upload, number, partBytes(file, number)),
  });
  return Promise.all(numbers.map(link));
}

/** Returns the numbers of the stored parts: all of them if S3 already joined them. */
export async function storedParts({ objects }: Services, file: FileInParts): Promise<number[]> {
  const stored = await objects.parts.list(file.upload);
  return stored?.map(({ number }) => number) ?? numbersOf(partCount(file));
}

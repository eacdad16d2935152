import { describe, expect, it } from 'vitest';
import { stageOf } from '../infra/aws/stage.ts';
import { readConfig } from '../shared/config.ts';
import { volumeConfigOf } from '../shared/storage-volumes/configured-volume.ts';

const credentialsSecret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:lab/login-AbCdEf';
const lab = { id: 'lab', type: 'fs', args: { basedir: '/srv/lab' } };
const bucket = { id: 'bucket', type: 's3', args: { bucket: 'b' } };
const read = (...volumes: readonly object[]) =>
  readConfig({ FLOWSERV_VOLUMES: JSON.stringify(volumes) }).volumes;

describe('FLOWSERV_VOLUMES', () => {
  it('is a list of storage volumes, none by default', () => {
    expect(readConfig({}).volumes).toEqual([]);
    expect(readConfig({ FLOWSERV_VOLUMES: '' }).volumes).toEqual([]);
    expect(read(lab)).toEqual([{ ...lab, readOnly: false, privateFiles: false }]);
  });

  it('names credentials by a file or a secret, which only the opened volume reads', () => {
    for (const credentials of [{ credentialsSecret }, { credentialsFile: '/run/login' }]) {
      const [volume] = read({ ...bucket, ...credentials });
      expect(volume).toMatchObject(credentials);
      expect(volume && volumeConfigOf(volume).location).toMatchObject({ credentials: 'CREDENTIALS' });
    }
    const [volume] = read(bucket);
    expect(volume && volumeConfigOf(volume).location).not.toHaveProperty('credentials', expect.any(String));
  });

  it.each([
    ['no type', { id: 'lab', args: {} }],
    ['an unknown type', { ...lab, type: 'ftp' }],
    ['credentials among the arguments', { ...bucket, args: { bucket: 'b', credentials: 'AWS_SECRET' } }],
    ['nested arguments', { ...lab, args: { basedir: ['/'] } }],
    ['the reserved id', { ...lab, id: '__default__' }],
    ['text that is no ARN', { ...bucket, credentialsSecret: 'the secret itself' }],
    ['an unknown key', { ...bucket, secret: 'the secret itself' }],
  ])('rejects %s', (_, volume) => {
    expect(() => read(volume)).toThrow(/^unusable settings: FLOWSERV_VOLUMES/);
  });

  it('rejects two volumes with one id, and text that is not JSON', () => {
    expect(() => read(lab, { ...bucket, id: 'lab' })).toThrow('two storage volumes have the same id');
    expect(() => readConfig({ FLOWSERV_VOLUMES: '{' })).toThrow('must be a JSON list');
  });
});

describe('the storage volumes of a stage on AWS', () => {
  const stage = (...volumes: readonly object[]) => stageOf('dev', { volumes }).volumes;

  it('are buckets and SFTP servers with usable arguments', () => {
    expect(stage({ ...bucket, credentialsSecret })).toMatchObject([{ id: 'bucket', readOnly: false }]);
    expect(() => stage(lab)).toThrow('must be s3, gc or sftp: a function has no folder that lasts');
    expect(() => stage({ id: 'x', type: 's3', args: {} })).toThrow(/bucket: is missing/);
    expect(() => stage({ ...bucket, credentialsFile: '/run/login' })).toThrow(/credentialsFile/);
  });
});

import { describe, expect, it } from 'vitest';
import { openVolume } from '../../shared/storage-volumes/open-volume.ts';
import { parseVolumeConfig, volumeDocument } from '../../shared/storage-volumes/volume-config.ts';

const HOST_KEY = `SHA256:${'a'.repeat(43)}`;

describe('the configuration of a storage volume', () => {
  it.each([
    ['fs', { basedir: '/data' }, [['basedir', '/data']]],
    [
      's3',
      { bucket: 'b', prefix: 'p' },
      [
        ['bucket', 'b'],
        ['prefix', 'p'],
      ],
    ],
    [
      's3',
      { bucket: 'b' },
      [
        ['bucket', 'b'],
        ['prefix', null],
      ],
    ],
    [
      'gc',
      { bucket: 'b', credentials: 'account' },
      [
        ['bucket', 'b'],
        ['prefix', null],
        ['credentials', 'account'],
      ],
    ],
    [
      'sftp',
      { hostname: 'h', basedir: '/d' },
      [
        ['basedir', '/d'],
        ['hostname', 'h'],
        ['port', 22],
        ['timeout', 20],
        ['look_for_keys', false],
        ['sep', '/'],
      ],
    ],
  ])('[M9] of type %s is a document with the arguments %j, in either spelling', (type, args, pairs) => {
    const config = parseVolumeConfig({ type, id: 'v', args });
    const document = { type, id: 'v', args: pairs.map(([key, value]) => ({ key, value })) };
    expect(volumeDocument(config)).toEqual(document);
    expect(parseVolumeConfig(document)).toEqual(config);
  });

  it('has a generated id, type fs and no files by default', () => {
    const [one, other] = [0, 1].map(() => parseVolumeConfig({ args: { basedir: 'd' } }));
    expect(one).toMatchObject({ location: { type: 'fs', basedir: 'd' }, files: [] });
    expect(one?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(one?.id).not.toBe(other?.id);
  });

  it('may name the id `name`, and list files', () => {
    const config = parseVolumeConfig({ name: 'n', args: { basedir: 'd' }, files: ['a/b'] });
    expect(config).toMatchObject({ id: 'n', files: ['a/b'] });
    expect(volumeDocument(config)).toMatchObject({ id: 'n', files: ['a/b'] });
  });

  it.each([
    ['ftp', {}, "storage volume: invalid value 'ftp' for storage volume type"],
    ['constructor', {}, "storage volume: invalid value 'constructor' for storage volume type"],
    ['fs', {}, 'storage volume.args.basedir: '],
    ['fs', { basedir: 'd', bucket: 'b' }, 'storage volume.args: '],
    ['s3', { bucket: '' }, 'storage volume.args.bucket: '],
    ['s3', { bucket: 'b', endpoint: 'file:///etc' }, 'storage volume.args.endpoint: '],
    ['s3', { bucket: 'b', endpoint: 'https://u:p@h' }, 'must not contain a password'],
    ['s3', { bucket: 'b', credentials: '{"secretAccessKey":"s"}' }, 'must be the name of an environment'],
    ['sftp', { hostname: 'h', basedir: 'd', sep: '\\' }, "SFTP separates folders with '/'"],
    ['sftp', { hostname: 'h', basedir: 'd', look_for_keys: true }, 'name credentials instead'],
    ['sftp', { hostname: 'h', basedir: 'd', host_key: 'MD5:1' }, 'must be a fingerprint'],
    ['sftp', { hostname: 'h', basedir: 'd', password: 'p' }, 'storage volume.args: '],
  ])('[M11] is rejected with type %s and the arguments %j', (type, args, message) => {
    const parse = () => parseVolumeConfig({ type, args });
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'volume.config' }));
  });

  it.each(['text', 1, null, []])('is rejected if it is %j', (value) => {
    expect(() => parseVolumeConfig(value)).toThrow(expect.objectContaining({ code: 'volume.config' }));
  });
});

describe('the credentials of a volume', () => {
  const open = (type: string, args: object, secret: string) =>
    openVolume(parseVolumeConfig({ type, args: { ...args, credentials: 'login' } }), async () => secret);

  it.each([
    ['s3', { bucket: 'b' }],
    ['gc', { bucket: 'b' }],
    ['sftp', { hostname: 'h', basedir: 'd', host_key: HOST_KEY }],
  ])('of type %s never appear in a message', async (type, args) => {
    for (const secret of ['hunter2', '{"hunter2":1}', '["hunter2"]']) {
      const error = await open(type, args, secret).catch(String);
      expect(error).toMatch(/the credentials of .* (lack a valid|are not)/);
      expect(error).not.toContain('hunter2');
    }
  });

  it('are required for SFTP, as is the key of the server', async () => {
    const args = { hostname: 'h', basedir: 'd' };
    await expect(open('sftp', args, '{"username":"u"}')).rejects.toThrow('needs host_key');
    const config = parseVolumeConfig({ type: 'sftp', args: { ...args, host_key: HOST_KEY } });
    await expect(openVolume(config, async () => '')).rejects.toThrow('needs credentials');
  });
});

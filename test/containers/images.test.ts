import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { resultText } from '../end-to-end/install-template.ts';
import { engine, oneStepIn, participant, useEngineStack } from './engine-stack.ts';
import { images, pulled } from './images.ts';
import { LOGIN } from './registry.ts';

describe.skipIf(!engine)('a step in a container', () => {
  const stack = useEngineStack();
  let alice: Awaited<ReturnType<typeof participant>>;
  beforeAll(async () => {
    alice = await participant(stack, 'alice');
  });

  /** Runs a step in an image and returns what it writes to `out.txt`. */
  async function printed(image: string, ...commands: string[]): Promise<string> {
    const run = await alice.run(oneStepIn(image, commands, { outputs: ['out.txt'] }));
    expect([run.state, run.messages]).toEqual(['SUCCESS', undefined]);
    return resultText(stack, run, 'out.txt');
  }

  it('has the programs of its image, and no files of this host', async () => {
    const look = `test -e ${process.execPath} || echo none; python3 -c 'print(len([]))'`;
    expect(await printed(images.python, `{ ${look}; } > out.txt`)).toBe('none\n0\n');
  });

  it('has no network', async () => {
    const connect = [
      'import socket',
      's = socket.socket()',
      `print(s.connect_ex(("127.0.0.1", ${new URL(stack.url).port})), [n for _, n in socket.if_nameindex()])`,
    ];
    // ECONNREFUSED on the container's own loopback.
    expect(await printed(images.python, `python3 -c '${connect.join('\n')}' > out.txt`)).toBe("111 ['lo']\n");
  });

  it.each([
    ['by number', images.userByNumber],
    ['by name', images.userByName],
  ])('runs as the user of its image, specified %s', async (_how, image) => {
    expect(await printed(image, 'id -u > out.txt', 'mkdir more; echo more > more/file')).toBe('1000\n');
  });

  it('has a home, a folder for temporary files and UTF-8, regardless of its image', async () => {
    const look = 'touch "$$HOME/file" "$$TMPDIR/file" && echo "$$LANG" > out.txt';
    for (const image of [images.homeless, images.userByNumber]) {
      expect(await printed(image, look)).toBe('C.UTF-8\n');
    }
  });

  it('runs its own commands in its own folder, regardless of its image', async () => {
    const look =
      'echo "$$OF_THE_IMAGE" > out.txt; touch /volume/of/the/image/file; ls code 2>&1 | wc -l >> out.txt';
    expect(await printed(images.ownSettings, look)).toBe('kept\n1\n');
  });

  describe('fails immediately with an error that names the image and the reason', () => {
    const errorOf = async (image: string) => {
      const run = await alice.run(oneStepIn(image, ['true']));
      expect(run).toMatchObject({ state: 'ERROR', messages: [expect.stringContaining(image)] });
      return String(run.messages[0]);
    };

    it('I18: when no registry has the image', async () => {
      expect(await errorOf(pulled.missing)).toMatch(/not found/);
    });

    it.each([images.foreign, pulled.foreign])(
      'when the image is for another processor (%s)',
      async (image) => {
        expect(await errorOf(image)).toMatch(/platform/);
      },
    );

    it('when the image has no shell', async () => {
      expect(await errorOf(images.shellless)).toMatch(/shell|\/bin\/sh/);
    });

    it('when the registry of the image requires a login', async () => {
      expect(await errorOf(`${engine?.closedRegistry}/${pulled.closed}`)).toMatch(/authori[sz]ation|login/);
    });
  });

  it('runs in an image that the engine pulls first', async () => {
    expect(await printed(pulled.open, 'echo pulled > out.txt')).toBe('pulled\n');
  });

  it("runs in an image that requires the engine's login", async () => {
    const { loginFile = '', closedRegistry = '' } = engine ?? {};
    const auth = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');
    mkdirSync(dirname(loginFile), { recursive: true });
    writeFileSync(loginFile, JSON.stringify({ auths: { [closedRegistry]: { auth } } }));
    expect(await printed(`${closedRegistry}/${pulled.closed}`, 'echo pulled > out.txt')).toBe('pulled\n');
  });
});

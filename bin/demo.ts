import { spawnSync } from 'node:child_process';

/** `npm run demo`: a whole benchmark on this host, in less than half a minute. */
if (spawnSync('python3', ['--version']).status === 0) {
  // Loaded here: it takes a second, which a user without Python does not have to wait.
  const { play } = await import('./demo/play.ts');
  process.exitCode = await play();
} else {
  console.error('The demo needs Python 3: the steps of its benchmark are Python programs.');
  console.error(
    'Install it (Debian, Ubuntu: sudo apt install python3; macOS: brew install python3) and try again.',
  );
  process.exitCode = 1;
}

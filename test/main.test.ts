import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGuild, until } from './support/local-discord.ts';
import { environmentFor } from './support/running-bot.ts';

const program = fileURLToPath(import.meta.resolve('../src/main.ts'));

/** Rolewright as a process of its own, with nothing but this environment. It is killed when the test ends. */
function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { text: '' };
  child.stdout.on('data', (chunk) => (output.text += String(chunk)));
  child.stderr.on('data', (chunk) => (output.text += String(chunk)));
  const exit = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, output, exit };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rolewright-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('the program', () => {
  it('tells every problem of the configuration at once, and exits with 1', async () => {
    const { output, exit } = run({ JWT_SECRET: 'short', PORT: 'many' });
    expect(await exit).toBe(1);
    for (const name of [
      'DISCORD_CLIENT_ID',
      'DISCORD_CLIENT_SECRET',
      'DISCORD_BOT_TOKEN',
      'JWT_SECRET',
      'ENCRYPTION_KEYS',
      'PORT',
    ]) {
      expect(output.text).toContain(`- ${name} `);
    }
    expect(output.text).not.toContain('    at ');
  });

  it('says that the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await until(() => taken.listening);
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { output, exit } = run({ ...environmentFor(await startGuild()), PORT: String(port) });
    expect(await exit).toBe(1);
    expect(output.text).toContain(`${port}`);
    expect(output.text).toMatch(/PORT/);
    expect(output.text).not.toContain('    at ');
  });

  it('says that the data folder cannot be made', async () => {
    const { output, exit } = run({
      ...environmentFor(await startGuild()),
      DATABASE_URL: 'file:/dev/null/data/rolewright.db',
    });
    expect(await exit).toBe(1);
    expect(output.text).toContain('/dev/null/data');
    expect(output.text).not.toContain('    at ');
  });

  it.each([
    { name: 'while it is connected', prepare: async () => startGuild(), ready: /commands|guild looked at/ },
    {
      name: 'while Discord is down',
      prepare: async () => {
        const local = await startGuild();
        await local.discord.down();
        return local;
      },
      ready: /keeps trying/,
    },
  ])('exits with 0 within 5 s of SIGTERM $name', async ({ prepare, ready }) => {
    const env = { ...environmentFor(await prepare()), DATABASE_URL: `file:${join(await folder(), 'rolewright.db')}` };
    const { child, output, exit } = run(env);
    await until(() => ready.test(output.text), 20_000);
    const deadline = setTimeout(() => child.kill('SIGKILL'), 5_000);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    clearTimeout(deadline);
  });

  it('stays up with a wrong token, says what to do, and asks Discord once', async () => {
    const local = await startGuild();
    const { output, child } = run({ ...environmentFor(local), DISCORD_BOT_TOKEN: 'not-the-token-of-this-bot' });
    await until(() => output.text.includes('DISCORD_BOT_TOKEN'), 20_000);
    expect(child.exitCode).toBeNull();
    expect(local.discord.requests.count({ status: 401 })).toBe(1);
    expect(output.text).not.toContain('not-the-token-of-this-bot');
  });
});

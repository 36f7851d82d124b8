import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { startDiscord } from '../../sandbox/discord.ts';
import { playStory } from '../../sandbox/story.ts';
import { createBot } from '../../sandbox/story/bot.ts';
import { buildGuild } from '../../sandbox/story/guild.ts';
import { createScene } from '../../sandbox/story/scene.ts';

/** The exit code of `npm run sandbox -- --once`, and what it said. */
function runOnce(): Promise<{ code: number; said: string }> {
  const program = join(import.meta.dirname, '../../sandbox/main.ts');
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, '--once'], (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, said: stdout + stderr });
    });
  });
}

describe('npm run sandbox -- --once', () => {
  it(
    'plays the main job with the bot as a process of its own, and every step comes true',
    { timeout: 120_000 },
    async () => {
      const { code, said } = await runOnce();
      expect(said).not.toContain('✘');
      expect(said.match(/✔/g)).toHaveLength(15);
      expect(code).toBe(0);
    },
  );

  it('says which step failed and why, with the end of the log', { timeout: 60_000 }, async () => {
    const lines: string[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'rolewright-story-'));
    const discord = await startDiscord();
    const story = buildGuild(discord.world, 'http://127.0.0.1:1/callback');
    const bot = createBot({ ...discord, application: story.application, port: -1, folder });
    try {
      expect(await playStory(createScene(discord, story, bot, folder), (line) => lines.push(line))).toBe(false);
    } finally {
      await discord.close();
      await rm(folder, { recursive: true });
    }
    const said = lines.join('\n');
    expect(said).toContain(' 1 ✘');
    expect(said).toContain('the bot stopped by itself (exit code 1)');
    expect(said).toContain('PORT');
  });
});

import { styleText } from 'node:util';
import { mainJob } from './story/main-job.ts';
import { arrival, operations } from './story/operations.ts';
import type { Scene } from './story/scene.ts';
import { upkeep } from './story/upkeep.ts';

/** Plays the main job, a line for every step and what Discord holds after it. False at the first step that does not come true. */
export async function playStory(scene: Scene, say: (line: string) => void = console.log): Promise<boolean> {
  const steps = [arrival, ...mainJob, ...upkeep, ...operations];
  for (const [index, { title, play }] of steps.entries()) {
    const number = String(index + 1).padStart(2);
    try {
      const holds = await play(scene);
      say(`${styleText('green', `${number} ✔`)} ${title}`);
      say(styleText('dim', indent(holds)));
    } catch (error) {
      say(`${styleText('red', `${number} ✘`)} ${title}`);
      say(indent(error instanceof Error ? error.message : String(error)));
      say(`\nThe end of the bot's log:\n${styleText('dim', await scene.bot.logTail())}`);
      return false;
    }
  }
  return true;
}

function link(url: string): string {
  return styleText(['cyan', 'underline'], url);
}

function indent(text: string): string {
  return text.replace(/^/gm, '     ');
}

/** What one can do now that the story is over. */
export function tellWhatToTry({ discord, bot, guild, people: { olga, ada }, roles }: Scene): void {
  console.log(`
Everything stays up until Ctrl+C. Go on by hand:

  ${link(discord.controlUrl)}  “${guild.name}”: act as any member, run commands, give and take roles
  ${link(`${bot.url}/api/auth/discord/login`)}  log in to the bot: choose Olga Brandt, who owns the server, or Mira Holm of its board
  ${link(`${bot.url}/api/docs`)}  its HTTP API, as whoever is logged in
  ${link(`${bot.url}/readyz`)}  how the bot is
  ${bot.logFile}  what it logs

For the commands of docs/api.md (ADMIN is Olga; ADA has linked):

  export ROLEWRIGHT=${bot.url} ADMIN=${olga.id}
  export GUILD=${guild.id} ROLE=${roles.instructor.id} ADA=${ada.id}
  export HOST_JWT_SECRET=${bot.host.jwtSecret} GROUPS_HOOK_SECRET=${bot.host.hookSecret}

Try: as Cleo Marsh run /link and press its button; as Mira Holm run /group add for Cleo, then take @Pilot
away from her; give @Newsletter to Ada and see that the bot leaves it alone; let Finn Aas join.`);
}

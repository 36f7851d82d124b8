import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Command } from '../discord/command.ts';
import { isSameDefinition } from '../discord/register.ts';
import { BAD_TOKEN } from '../discord/rest.ts';
import type { AskDiscord, DiscordSaid } from './discord-question.ts';
import { mend, ok, type Finding } from './finding.ts';

const FEW_SESSIONS = 10;
const MOST_SKEW_MS = 5_000;
/** Application flags: the Server Members intent, for verified bots and for those in few servers. */
const GUILD_MEMBERS = (1 << 14) | (1 << 15);
const PORTAL = 'https://discord.com/developers/applications';

const gatewayBot = z.object({ shards: z.int(), session_start_limit: z.object({ remaining: z.int(), total: z.int() }) });
const application = z.object({
  id: z.string(),
  flags: z.int().default(0),
  redirect_uris: z.array(z.string()).default([]),
});

type Settings = Pick<Config['discord'], 'clientId' | 'clientSecret' | 'redirectUri' | 'apiUrl'>;

/** Whether Discord can be reached, and takes the token; what else is asked of it makes sense only then. */
export async function checkReach(
  ask: AskDiscord,
  { apiUrl }: Settings,
): Promise<{ findings: Finding[]; isIn: boolean }> {
  const said = await ask('/gateway/bot');
  if ('why' in said) {
    const finding = mend(
      `Discord cannot be reached at ${apiUrl} (${said.why}). Check the network, its DNS and DISCORD_API_URL.`,
    );
    return { findings: [finding], isIn: false };
  }
  const clock = checkClock(said);
  if (said.status === 401) return { findings: [mend(BAD_TOKEN), ...clock], isIn: false };
  const { data } = gatewayBot.safeParse(said.json);
  if (!data)
    return {
      findings: [mend(`Discord answers ${said.status} where it should tell of its gateway. Try again later.`)],
      isIn: false,
    };
  const { remaining, total } = data.session_start_limit;
  const sessions =
    remaining >= FEW_SESSIONS
      ? ok(`Discord: the bot token is accepted; ${remaining} of ${total} session starts are left today`)
      : mend(
          `Only ${remaining} of ${total} session starts are left today. Find out why Rolewright starts so often, and wait a day.`,
        );
  const shards =
    data.shards > 1
      ? [mend(`Discord wants ${data.shards} shards for this bot; Rolewright has one. It is in too many servers.`)]
      : [];
  return { findings: [sessions, ...shards, ...clock], isIn: true };
}

/** Tokens and webhooks end by the clock. */
function checkClock(said: Extract<DiscordSaid, { status: number }>): Finding[] {
  if (said.skewMs === null) return [];
  const seconds = Math.round(Math.abs(said.skewMs) / 1000);
  if (Math.abs(said.skewMs) <= MOST_SKEW_MS) return [ok(`clock: within ${Math.max(1, seconds)} s of Discord's`)];
  return [
    mend(
      `The clock of this machine is ${seconds} s ${said.skewMs > 0 ? 'behind' : 'ahead of'} Discord's. Set it by NTP: timedatectl set-ntp true`,
    ),
  ];
}

/** Whether the portal's settings fit ours. */
export async function checkApplication(ask: AskDiscord, settings: Settings): Promise<Finding[]> {
  const said = await ask('/applications/@me');
  const data = 'why' in said ? undefined : application.safeParse(said.json).data;
  if (!data) return [mend(`Discord does not tell of the application (${wordsOf(said)}). Try again later.`)];
  const { clientId, redirectUri } = settings;
  return [
    data.id === clientId
      ? ok('application: DISCORD_CLIENT_ID is that of the bot')
      : mend(
          `DISCORD_BOT_TOKEN belongs to the application ${data.id}, but DISCORD_CLIENT_ID is ${clientId}. Take both from the same one.`,
        ),
    (data.flags & GUILD_MEMBERS) !== 0
      ? ok('application: the Server Members intent is on')
      : mend(`The Server Members intent is off. Switch it on at ${PORTAL} > Bot > Privileged Gateway Intents.`),
    data.redirect_uris.includes(redirectUri)
      ? ok(`application: the redirect ${redirectUri} is listed`)
      : mend(`The redirect ${redirectUri} is not listed. Add it, letter by letter, at ${PORTAL} > OAuth2 > Redirects.`),
    await checkSecret(ask, settings),
  ];
}

/** Revoking a token that there is none of needs the right secret, and does nothing. */
async function checkSecret(ask: AskDiscord, { clientId, clientSecret }: Settings): Promise<Finding> {
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const said = await ask('/oauth2/token/revoke', { fields: { token: 'none' }, authorization });
  if ('status' in said && said.status === 200) return ok('application: DISCORD_CLIENT_SECRET is accepted');
  if ('status' in said && said.status === 401) {
    return mend(`Discord does not accept DISCORD_CLIENT_SECRET. Copy it again from ${PORTAL} > OAuth2.`);
  }
  return mend(`Whether DISCORD_CLIENT_SECRET is right could not be found out (${wordsOf(said)}). Try again later.`);
}

/** Whether Discord shows the slash commands that this version has. */
export async function checkCommands(ask: AskDiscord, clientId: string, commands: readonly Command[]): Promise<Finding> {
  const said = await ask(`/applications/${clientId}/commands?with_localizations=true`);
  const { data } = z.array(z.unknown()).safeParse('why' in said ? null : said.json);
  if (!data) return mend(`Discord does not tell of the slash commands (${wordsOf(said)}). Check DISCORD_CLIENT_ID.`);
  const ours = commands.map((command) => command.data.toJSON());
  return isSameDefinition(ours, data)
    ? ok(`commands: ${ours.length} are registered`)
    : mend('The slash commands at Discord are not those of this version. Start Rolewright: it registers them.');
}

export function wordsOf(said: DiscordSaid): string {
  return 'why' in said ? said.why : `it answered ${said.status}`;
}

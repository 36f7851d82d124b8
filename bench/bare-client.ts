import process from 'node:process';
import { Client, GatewayIntentBits } from 'discord.js';

/** The least that a bot on discord.js can be: what its cold start costs at best. */
const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers],
  rest: { api: process.env['DISCORD_API_URL'] ?? '' },
});
await client.login(process.env['DISCORD_BOT_TOKEN'] ?? '');

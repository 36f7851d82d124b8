import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  Client,
  Events,
  GatewayIntentBits,
  MessageFlags,
  ModalBuilder,
  SlashCommandBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js';
import { afterEach, describe, expect, it } from 'vitest';
import { startDiscord, type LocalDiscord } from '../../sandbox/discord.ts';
import { seedGuild } from '../../sandbox/seed.ts';
import { askControl } from '../support/control-port.ts';

let discord: LocalDiscord;
let bot: Client | null = null;
afterEach(async () => {
  await bot?.destroy();
  bot = null;
  await discord.close();
});

const control = (method: string, path: string, body?: object) => askControl(discord, method, path, body);

async function start() {
  discord = await startDiscord();
  return seedGuild(discord.world);
}

const greet = new SlashCommandBuilder()
  .setName('greet')
  .setDescription('Greets')
  .addStringOption((option) => option.setName('whom').setDescription('Whom').setRequired(true).setAutocomplete(true));
const moreButton = new ButtonBuilder().setCustomId('more').setLabel('More').setStyle(ButtonStyle.Primary);
const wordInput = new TextInputBuilder().setCustomId('word').setLabel('Word').setStyle(TextInputStyle.Short);
const wordForm = new ModalBuilder()
  .setCustomId('form')
  .setTitle('Say a word')
  .addComponents(new ActionRowBuilder<TextInputBuilder>().addComponents(wordInput));

/** A small bot that answers /greet with an ephemeral button, which opens a modal. */
async function startBot() {
  const seeded = await start();
  const client = new Client({ intents: [GatewayIntentBits.Guilds], rest: { api: discord.apiUrl } });
  bot = client;
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve));
  client.on(Events.InteractionCreate, (interaction) => {
    if (interaction.isAutocomplete()) {
      const typed = interaction.options.getFocused();
      void interaction.respond([{ name: `${typed}!`, value: typed }]);
    } else if (interaction.isChatInputCommand()) {
      void interaction.reply({
        content: `Hello ${interaction.options.getString('whom')}`,
        components: [new ActionRowBuilder<ButtonBuilder>().addComponents(moreButton)],
        flags: MessageFlags.Ephemeral,
      });
    } else if (interaction.isButton()) {
      void interaction.showModal(wordForm);
    } else if (interaction.isModalSubmit()) {
      void interaction.reply(`The word is ${interaction.fields.getTextInputValue('word')}`);
    }
  });
  await client.login(seeded.application.botToken ?? '');
  await ready;
  await client.application?.commands.set([greet]);
  const place = { user_id: seeded.members[0]?.id, guild_id: seeded.guild.id };
  return { ...seeded, place };
}

describe('interactions through the control port', () => {
  it('runs a command, presses its button, fills the form and reads every answer', async () => {
    const { place, channel } = await startBot();
    const choices = await control('POST', '/interactions/autocomplete', {
      ...place,
      command: 'greet',
      options: { whom: 'wor' },
      focused: 'whom',
    });
    expect(choices.body['choices']).toEqual([{ name: 'wor!', value: 'wor' }]);

    const run = { ...place, command: 'greet', options: { whom: 'world' }, wait: 'message' };
    const greeted = await control('POST', '/interactions/command', run);
    expect(greeted.status).toBe(201);
    expect(greeted.body.messages[0]?.text).toContain('Hello world');
    expect(channel.messages.size).toBe(0);

    const press = { user_id: place.user_id, message_id: greeted.body.messages[0]?.id, component: 'More' };
    const pressed = await control('POST', '/interactions/component', press);
    expect(pressed.body).toMatchObject({ response: { type: 9, data: { title: 'Say a word' } } });

    const path = `/interactions/${pressed.body.id}/modal`;
    const sent = await control('POST', path, { values: { word: 'tea' }, wait: 'message' });
    expect(sent.body.messages[0]?.text).toBe('The word is tea');
    expect((await control('GET', `/interactions?user_id=${place.user_id}`)).body.total).toBe(4);
  });

  it('says in words what Discord would not let a person do', async () => {
    const { place } = await startBot();
    const unknown = await control('POST', '/interactions/command', { ...place, command: 'nothing' });
    expect(unknown.status).toBe(404);
    const unfinished = await control('POST', '/interactions/command', { ...place, command: 'greet' });
    expect(unfinished.status).toBe(409);
    expect(unfinished.body.error).toBe('option whom is required');
  });
});

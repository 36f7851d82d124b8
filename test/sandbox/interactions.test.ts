import {
  ActionRowBuilder,
  ApplicationCommandType,
  ButtonBuilder,
  ButtonStyle,
  ContextMenuCommandBuilder,
  MessageFlags,
  ModalBuilder,
  PermissionFlagsBits as Bits,
  RoleSelectMenuBuilder,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
  UserSelectMenuBuilder,
  type Interaction,
} from 'discord.js';
import { describe, expect, it } from 'vitest';
import { ask, at, connect, startGuild, until, type LocalGuild } from '../support/local-discord.ts';
import type { DiscordOptions } from '../../sandbox/discord.ts';

const commands = [
  new SlashCommandBuilder()
    .setName('why')
    .setDescription('Why?')
    .addUserOption((option) => option.setName('user').setDescription('Who').setRequired(true))
    .addRoleOption((option) => option.setName('role').setDescription('Which'))
    .addStringOption((option) => option.setName('group').setDescription('Group').setAutocomplete(true))
    .addIntegerOption((option) => option.setName('days').setDescription('Days').setMinValue(1).setMaxValue(7)),
  new SlashCommandBuilder()
    .setName('sync')
    .setDescription('Sync')
    .setDefaultMemberPermissions(Bits.ManageRoles)
    .addSubcommand((sub) => sub.setName('server').setDescription('All')),
  new SlashCommandBuilder()
    .setName('import')
    .setDescription('Import')
    .addAttachmentOption((option) => option.setName('file').setDescription('CSV').setRequired(true)),
  new ContextMenuCommandBuilder().setName('Explain roles').setType(ApplicationCommandType.User),
];

async function startBot(answer: (interaction: Interaction) => Promise<unknown>, options: DiscordOptions = {}) {
  const local = await startGuild(options);
  const client = await connect(local);
  await client.application.commands.set(commands.map((command) => command.toJSON()));
  const errors: unknown[] = [];
  client.on('interactionCreate', (interaction) => {
    answer(interaction).catch((error: unknown) => errors.push(error));
  });
  return { local, client, errors };
}

const asks = (local: LocalGuild, command = 'why') => ({
  guildId: local.guild.id,
  userId: at(local.members, 0).id,
  command,
});

function row<T extends ButtonBuilder | StringSelectMenuBuilder | UserSelectMenuBuilder | RoleSelectMenuBuilder>(
  item: T,
) {
  return new ActionRowBuilder<T>().addComponents(item);
}

describe('a slash command', () => {
  it('reaches discord.js with everything resolved, and its answer comes back', async () => {
    const { local } = await startBot(async (interaction) => {
      if (!interaction.isChatInputCommand() || !interaction.inCachedGuild()) return;
      const { options, member, appPermissions, channel, context } = interaction;
      const role = options.getRole('role', true);
      const seen = [options.getMember('user')?.displayName, role.name, member.id, channel?.name, context];
      await interaction.reply(`${seen.join(' ')} ${appPermissions.has(Bits.ManageRoles)}`);
    });
    const options = { user: at(local.members, 1).id, role: at(local.roles, 0).id };
    const handle = local.discord.interactions.slash({ ...asks(local), options });
    expect(await handle.text()).toBe(`ben Captain ${at(local.members, 0).id} general 0 true`);
    expect(local.channel.messages.size).toBe(1);
  });

  it('may be deferred, edited and followed up; what is ephemeral stays out of the channel', async () => {
    const { local } = await startBot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply({ flags: MessageFlags.Ephemeral });
      await interaction.editReply('done');
      await interaction.followUp('for all');
    });
    const handle = local.discord.interactions.slash({ ...asks(local), options: { user: local.owner.id } });
    expect((await handle.response()).type).toBe(5);
    await handle.messageWhere(({ content }) => content === 'for all');
    expect(handle.messages.map(({ content, flags }) => [content, flags])).toEqual([
      ['done', MessageFlags.Ephemeral],
      ['for all', 0],
    ]);
    expect([...local.channel.messages.values()].map(({ content }) => content)).toEqual(['for all']);
  });

  it('is not sent where the client would not send it', async () => {
    const local = await startGuild();
    const client = await connect(local);
    await client.application.commands.set(commands.map((command) => command.toJSON()));
    const { interactions } = local.discord;
    const user = local.owner.id;
    expect(() => interactions.slash(asks(local))).toThrow('option user is required');
    expect(() => interactions.slash({ ...asks(local), options: { user, days: 8 } })).toThrow('more than 7');
    expect(() => interactions.slash({ ...asks(local), options: { user, role: user } })).toThrow('no role');
    expect(() => interactions.slash({ ...asks(local), options: { user, other: 1 } })).toThrow('no option other');
    expect(() => interactions.slash({ ...asks(local, 'sync'), userId: user })).toThrow('needs a subcommand');
    expect(() => interactions.slash(asks(local, 'sync server'))).toThrow('may not use');
    expect(() => interactions.slash(asks(local, 'nothing'))).toThrow('no such command');
    expect(() => interactions.slash({ ...asks(local, 'sync server'), userId: local.owner.id })).not.toThrow();
  });

  it('carries a file, which is served', async () => {
    const { local } = await startBot(async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const { url, name } = interaction.options.getAttachment('file', true);
      const text = await (await fetch(url)).text();
      await interaction.reply({
        content: `${name}: ${text}`,
        files: [{ attachment: Buffer.from(text), name: 'copy.csv' }],
      });
    });
    const content = Buffer.from('ada,pilot');
    const given = { channelId: local.channel.id, filename: 'a.csv', contentType: 'text/csv', content };
    const file = local.discord.world.addAttachment(given);
    const handle = local.discord.interactions.slash({ ...asks(local, 'import'), options: { file: file.id } });
    const message = await handle.message();
    expect(message.content).toBe('a.csv: ada,pilot');
    expect(message.attachments.map(({ filename, content: copy }) => [filename, copy.toString()])).toEqual([
      ['copy.csv', 'ada,pilot'],
    ]);
  });

  it('can be used in direct messages', async () => {
    const { local } = await startBot(async (interaction) => {
      if (interaction.isChatInputCommand())
        await interaction.reply(`${interaction.inGuild()} ${interaction.user.username}`);
    });
    const { userId, command } = asks(local);
    const handle = local.discord.interactions.slash({ userId, command, options: { user: userId } });
    expect(await handle.text()).toBe('false ada');
  });
});

describe('the deadlines', () => {
  it('end an interaction that nobody answered in time', async () => {
    const { local, errors } = await startBot(
      async (interaction) => {
        if (!interaction.isChatInputCommand()) return;
        await new Promise((resolve) => {
          setTimeout(resolve, 120);
        });
        await interaction.reply('too late');
      },
      { settings: { interactionAnswerMs: 30 } },
    );
    const handle = local.discord.interactions.slash({ ...asks(local), options: { user: local.owner.id } });
    await expect(handle.response()).rejects.toThrow('did not respond');
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ status: 404, code: 10062 });
  });

  it('let a token live for its time only, and an answer be given once', async () => {
    const local = await startGuild({ settings: { interactionTokenMs: 50 } });
    const client = await connect(local);
    await client.application.commands.set(commands.map((command) => command.toJSON()));
    const { id, token } = local.discord.interactions.slash({ ...asks(local), options: { user: local.owner.id } });
    const callback = `POST /interactions/${id}/${token}/callback`;
    const edit = `PATCH /webhooks/${local.application.id}/${token}/messages/%40original`;
    expect((await ask(local, callback, { token: null, body: { type: 4, data: { content: 'one' } } })).status).toBe(204);
    const again = await ask(local, callback, { token: null, body: { type: 5 } });
    expect(again).toMatchObject({ status: 400, body: { code: 40060 } });
    expect(await ask(local, edit, { token: null, body: { content: 'two' } })).toMatchObject({
      status: 200,
      body: { content: 'two' },
    });
    await new Promise((resolve) => {
      setTimeout(resolve, 60);
    });
    expect(await ask(local, edit, { token: null, body: { content: 'three' } })).toMatchObject({
      status: 401,
      body: { code: 50027 },
    });
  });
});

describe('components', () => {
  it('can be pressed, picked from, and answered with a modal', async () => {
    const { local } = await startBot(answerEverything);
    const { interactions } = local.discord;
    const handle = interactions.slash({ ...asks(local), options: { user: local.owner.id } });
    const picked = await handle.select('roles', [at(local.roles, 1).id]);
    expect(await picked.text()).toContain('role Pilot');
    expect(await (await handle.select('users', [local.owner.id])).text()).toContain('user owner');
    expect(await (await handle.select('texts', ['b'])).text()).toContain('text b');
    const pressed = await handle.click('Rename');
    expect((await pressed.modal())['title']).toBe('Rename');
    await expect(pressed.submit({ name: '' })).rejects.toThrow('required');
    expect(await (await pressed.submit({ name: 'Ada' })).text()).toContain('named Ada');
    await expect(handle.click('Rename', at(local.members, 1).id)).rejects.toThrow('ephemeral');
    await expect(handle.click('Nothing')).rejects.toThrow('no component Nothing');
  });

  it('of a public message can be pressed by anybody', async () => {
    const { local, client } = await startBot(answerEverything);
    const channel = await client.channels.fetch(local.channel.id);
    if (!channel?.isSendable()) throw new Error('not a text channel');
    const button = new ButtonBuilder().setCustomId('link').setLabel('Link your account').setStyle(ButtonStyle.Primary);
    await channel.send({ content: 'panel', components: [row(button)] });
    const message = at([...local.channel.messages.values()], 0);
    const handle = local.discord.interactions.click({ userId: at(local.members, 2).id, message, component: 'link' });
    expect((await handle.message()).flags).toBe(MessageFlags.Ephemeral);
  });

  it('autocomplete offers at most 25 choices', async () => {
    const { local, errors } = await startBot(async (interaction) => {
      if (!interaction.isAutocomplete()) return;
      const focused = interaction.options.getFocused();
      const count = focused === 'many' ? 26 : 2;
      await interaction.respond(
        Array.from({ length: count }, (_, index) => ({ name: `${focused} ${index}`, value: `${index}` })),
      );
    });
    const { interactions } = local.discord;
    const choices = await interactions.autocomplete({ ...asks(local), options: { group: 'pi' }, focused: 'group' });
    expect(choices).toEqual([
      { name: 'pi 0', value: '0' },
      { name: 'pi 1', value: '1' },
    ]);
    void interactions
      .autocomplete({ ...asks(local), options: { group: 'many' }, focused: 'group' })
      .catch(() => undefined);
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ status: 400, code: 50035 });
  });

  it('include the menu on a user', async () => {
    const { local } = await startBot(async (interaction) => {
      if (interaction.isUserContextMenuCommand()) await interaction.reply(`about ${interaction.targetUser.username}`);
    });
    const handle = local.discord.interactions.userMenu({
      ...asks(local, 'Explain roles'),
      targetId: at(local.members, 2).id,
    });
    expect(await handle.text()).toBe('about cleo');
  });
});

/** A bot with one of each: a row of selects, a button that opens a modal, a button on a panel. */
async function answerEverything(interaction: Interaction): Promise<unknown> {
  if (interaction.isChatInputCommand()) {
    const options = ['a', 'b'].map((value) => ({ label: value, value }));
    const button = new ButtonBuilder().setCustomId('rename').setLabel('Rename').setStyle(ButtonStyle.Secondary);
    return interaction.reply({
      content: 'pick',
      flags: MessageFlags.Ephemeral,
      components: [
        row(new RoleSelectMenuBuilder().setCustomId('roles')),
        row(new UserSelectMenuBuilder().setCustomId('users')),
        row(new StringSelectMenuBuilder().setCustomId('texts').addOptions(options)),
        row(button),
      ],
    });
  }
  if (interaction.isRoleSelectMenu()) return interaction.update(`role ${interaction.roles.first()?.name}`);
  if (interaction.isUserSelectMenu()) return interaction.update(`user ${interaction.users.first()?.username}`);
  if (interaction.isStringSelectMenu()) return interaction.update(`text ${interaction.values.join(', ')}`);
  if (interaction.isModalSubmit() && interaction.isFromMessage()) {
    return interaction.update(`named ${interaction.fields.getTextInputValue('name')}`);
  }
  if (!interaction.isButton()) return undefined;
  if (interaction.customId === 'link')
    return interaction.deferReply({ flags: MessageFlags.Ephemeral }).then(() => interaction.editReply('here'));
  const input = new TextInputBuilder().setCustomId('name').setLabel('Name').setStyle(TextInputStyle.Short);
  const inputs = new ActionRowBuilder<TextInputBuilder>().addComponents(input);
  return interaction.showModal(new ModalBuilder().setCustomId('modal').setTitle('Rename').addComponents(inputs));
}

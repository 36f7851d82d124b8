import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ask, startGuild, type LocalGuild } from '../support/local-discord.ts';

const global = ({ application }: LocalGuild) => `/applications/${application.id}/commands`;
const local = ({ application, guild }: LocalGuild) => `/applications/${application.id}/guilds/${guild.id}/commands`;
const command = (name: string, more: object = {}) => ({ name, description: 'Does it.', ...more });
const option = (name: string, more: object = {}) => ({ type: 3, name, description: 'It.', ...more });
const names = (body: unknown) =>
  z
    .array(z.object({ name: z.string() }))
    .parse(body)
    .map(({ name }) => name);

describe('application commands', () => {
  it('are new with 201, overwritten by the same name with 200, edited, deleted', async () => {
    const discord = await startGuild();
    const made = await ask(discord, `POST ${local(discord)}`, { body: command('why') });
    const again = await ask(discord, `POST ${local(discord)}`, { body: command('why', { description: 'Better.' }) });
    expect([made.status, again.status]).toEqual([201, 200]);
    const { id } = z.object({ id: z.string() }).parse(made.body);
    expect(again.body).toMatchObject({ id, description: 'Better.', default_member_permissions: null });
    const edited = await ask(discord, `PATCH ${local(discord)}/${id}`, { body: { default_member_permissions: '0' } });
    expect(edited.body).toMatchObject({ description: 'Better.', default_member_permissions: '0' });
    expect((await ask(discord, `DELETE ${local(discord)}/${id}`)).status).toBe(204);
    expect(await ask(discord, `GET ${local(discord)}/${id}`)).toMatchObject({ status: 404, body: { code: 10063 } });
  });

  it('are replaced as a whole by PUT, of every type; those of a guild are apart', async () => {
    const discord = await startGuild();
    await ask(discord, `POST ${local(discord)}`, { body: command('here') });
    await ask(discord, `PUT ${global(discord)}`, { body: [command('one'), { name: 'On a User', type: 2 }] });
    const { body } = await ask(discord, `PUT ${global(discord)}`, { body: [command('two'), command('one')] });
    expect(names(body)).toEqual(['two', 'one']);
    expect(names((await ask(discord, `GET ${global(discord)}`)).body).toSorted()).toEqual(['one', 'two']);
    expect(names((await ask(discord, `GET ${local(discord)}`)).body)).toEqual(['here']);
  });

  it.each([
    { name: 'a name in capitals', body: command('Why'), field: 'name' },
    { name: 'a name with a blank', body: command('why not'), field: 'name' },
    { name: 'no description', body: { name: 'why' }, field: 'description' },
    { name: 'a description of 101', body: command('why', { description: 'x'.repeat(101) }), field: 'description' },
    {
      name: '26 options',
      body: command('why', { options: Array.from({ length: 26 }, (_, index) => option(`o${index}`)) }),
      field: 'options',
    },
    { name: 'an option twice', body: command('why', { options: [option('a'), option('a')] }), field: 'options.1.name' },
    {
      name: 'a required option after another',
      body: command('why', { options: [option('a'), option('b', { required: true })] }),
      field: 'options.1',
    },
    {
      name: 'a subcommand beside an option',
      body: command('why', { options: [option('a', { type: 1 }), option('b')] }),
      field: 'options.0.type',
    },
    {
      name: 'choices and autocomplete',
      body: command('why', { options: [option('a', { autocomplete: true, choices: [{ name: 'x', value: 'x' }] })] }),
      field: 'options.0',
    },
    {
      name: 'more than 8000 characters',
      body: command('why', {
        options: Array.from({ length: 25 }, (_, at) =>
          option(`o${at}`, {
            choices: Array.from({ length: 4 }, (__, index) => ({ name: 'x'.repeat(99), value: `${index}` })),
          }),
        ),
      }),
      field: 'name',
    },
  ])('are refused for $name', async ({ body, field }) => {
    const discord = await startGuild();
    const answer = await ask(discord, `POST ${global(discord)}`, { body });
    expect(answer).toMatchObject({ status: 400, body: { code: 50035 } });
    expect(answer.body).toHaveProperty(`errors.${field}._errors`);
  });

  it('are at most 100 in a scope, and 200 new ones a day', async () => {
    const discord = await startGuild();
    const many = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => command(`${prefix}${index}`));
    expect((await ask(discord, `PUT ${global(discord)}`, { body: many('a', 101) })).body).toMatchObject({
      code: 30032,
    });
    expect((await ask(discord, `PUT ${global(discord)}`, { body: many('a', 100) })).status).toBe(200);
    expect((await ask(discord, `PUT ${global(discord)}`, { body: many('b', 100) })).status).toBe(200);
    expect((await ask(discord, `PUT ${global(discord)}`, { body: many('b', 100) })).status).toBe(200);
    expect((await ask(discord, `PUT ${global(discord)}`, { body: [command('c')] })).body).toMatchObject({
      code: 30034,
    });
  });
});

describe('messages', () => {
  it.each([
    { name: '11 embeds', body: { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) }, field: 'embeds' },
    {
      name: 'embeds of more than 6000 characters',
      body: { embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] },
      field: 'embeds',
    },
    { name: 'a title of 257', body: { embeds: [{ title: 'x'.repeat(257) }] }, field: 'embeds.0.title' },
    {
      name: '26 fields',
      body: { embeds: [{ fields: Array.from({ length: 26 }, () => ({ name: 'a', value: 'b' })) }] },
      field: 'embeds.0.fields',
    },
    {
      name: 'six rows',
      body: { components: Array.from({ length: 6 }, (_, at) => row(button({ custom_id: `${at}` }))) },
      field: 'components',
    },
    {
      name: 'six buttons in a row',
      body: { components: [row(...Array.from({ length: 6 }, (_, at) => button({ custom_id: `${at}` })))] },
      field: 'components.0.components',
    },
    {
      name: 'a custom id twice',
      body: { components: [row(button(), button())] },
      field: 'components.0.components.1.custom_id',
    },
    {
      name: 'a link without address',
      body: { components: [row(button({ style: 5, custom_id: undefined }))] },
      field: 'components.0.components.0.url',
    },
    {
      name: 'a select without options',
      body: { components: [row({ type: 3, custom_id: 's', options: [] })] },
      field: 'components.0.components.0.options',
    },
    {
      name: 'content beside a layout',
      body: { content: 'x', flags: 1 << 15, components: [{ type: 10, content: 'y' }] },
      field: 'content',
    },
  ])('are refused for $name', async ({ body, field }) => {
    const discord = await startGuild();
    const answer = await ask(discord, `POST /channels/${discord.channel.id}/messages`, { body });
    expect(answer).toMatchObject({ status: 400, body: { code: 50035 } });
    expect(answer.body).toHaveProperty(`errors.${field}._errors`);
  });

  it('need the permission of the channel, and of the user in direct ones', async () => {
    const discord = await startGuild();
    const { world } = discord.discord;
    const line = `POST /channels/${discord.channel.id}/messages`;
    const deny = (bits: bigint) =>
      world.editChannel(discord.channel.id, { overwrites: [{ id: discord.guild.id, type: 0, allow: 0n, deny: bits }] });
    deny(1n << 11n);
    expect(await ask(discord, line, { body: { content: 'x' } })).toMatchObject({ status: 403, body: { code: 50013 } });
    deny(1n << 10n);
    expect(await ask(discord, line, { body: { content: 'x' } })).toMatchObject({ status: 403, body: { code: 50001 } });
    const dm = world.openDm(discord.application.botId, discord.owner.id);
    expect((await ask(discord, `POST /channels/${dm.id}/messages`, { body: { content: 'x' } })).status).toBe(200);
    world.editUser(discord.owner.id, { acceptsDms: false });
    expect(await ask(discord, `POST /channels/${dm.id}/messages`, { body: { content: 'x' } })).toMatchObject({
      body: { code: 50007 },
    });
  });
});

function row(...components: object[]): object {
  return { type: 1, components };
}

function button(more: object = {}): object {
  return { type: 2, style: 1, label: 'Go', custom_id: 'go', ...more };
}

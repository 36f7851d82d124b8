import {
  ApplicationCommandType,
  ComponentType,
  ContextMenuCommandBuilder,
  SlashCommandBuilder,
  TextInputStyle,
} from 'discord.js';
import { describe, expect, it } from 'vitest';
import type { Choice, Command, FormText, SlashCommand, UserMenu } from '../../src/discord/command.ts';
import { parseCustomId } from '../../src/discord/command.ts';
import { AppError } from '../../src/errors.ts';
import { ADMIN, ANA, PILOT, smallWorld, STAFF } from '../support/small-world.ts';

const MANAGE_ROLES = 1n << 28n;

/** A world whose only commands are these. */
function worldWith(...commands: Command[]) {
  return smallWorld({}, { commands, autocompleteMs: 20 });
}

function commandOf(command: Partial<SlashCommand>, permissions: bigint | null = null): Command {
  const data = new SlashCommandBuilder().setName('try').setDescription('Try').setDefaultMemberPermissions(permissions);
  return { data, execute: (interaction) => interaction.editReply('done'), ...command };
}

function typing(complete: () => Promise<Choice[]>): Command {
  return commandOf({ autocomplete: complete });
}

/** A message with buttons, each labelled with its custom id. */
function question(...customIds: string[]) {
  const buttons = customIds.map((customId) => ({ label: customId, customId, url: null }));
  return { text: 'Do it?', buttons, isEphemeral: true, allowedMentions: null };
}

async function inUse(): Promise<never> {
  throw new AppError('group_in_use', 'Mappings use this group.');
}

async function oneChoice(): Promise<Choice[]> {
  return [{ name: 'a', value: 'a' }];
}

describe('dispatch', () => {
  it('answers only the person who asked', async () => {
    const seen = await worldWith(commandOf({})).ana.run('try');
    expect(seen).toMatchObject({ text: 'done', isEphemeral: true, allowedMentions: { parse: [] } });
  });

  it('tells an expected error in its own words and what to do next, without letting names in it act', async () => {
    const world = worldWith(
      commandOf({
        execute: () =>
          Promise.reject(new AppError('group_not_found', 'There is no group "**x** @everyone [y](http://z)".')),
      }),
    );
    const { text } = await world.ana.run('try');
    const said = 'There is no group "\\*\\*x\\*\\* @\u200beveryone \\[y\\](http://z)".';
    expect(text).toBe(`${said} See /group list, or make it with /group create.`);
    expect(world.logged).toEqual([]);
  });

  it('adds nothing where the words say themselves what helps', async () => {
    const failing = new AppError('group_not_found', 'Ask whoever runs it.', { saysWhatHelps: true });
    const world = worldWith(commandOf({ execute: () => Promise.reject(failing) }));
    expect((await world.ana.run('try')).text).toBe('Ask whoever runs it.');
  });

  it('says of any other error only that it is ours, and logs it with what was asked', async () => {
    const world = worldWith(commandOf({ execute: () => Promise.reject(new TypeError('secret detail')) }));
    const { text } = await world.ana.run('try', { name: 'x' });
    expect(text).toMatch(/^Something went wrong on our side\. .*reference: \d{17,20}\.$/);
    expect(text).not.toContain('secret');
    const reference = /\d{17,20}/.exec(text)?.[0];
    expect(world.logged.map(({ data }) => data)).toMatchObject([
      { interactionId: reference, discordId: ANA, command: 'try', options: [{ name: 'name', value: 'x' }] },
    ]);
  });

  it('knows what to say to a command that is gone', async () => {
    const seen = await worldWith(commandOf({})).ana.run('gone');
    expect(seen.text).toContain('Reload Discord');
  });

  it.each(['gone:go:*:', 'try:gone:*:', 'try:constructor:*:', 'nonsense', '::', ''])(
    'knows what to say to the unknown button "%s"',
    async (customId) => {
      const seen = await worldWith(commandOf({ buttons: {} })).ana.press(customId);
      expect(seen.text).toContain('Run the command again');
    },
  );

  it('lets nobody but the owner press a button, and everybody a public one', async () => {
    const pressed: string[] = [];
    const go = async (_: unknown, __: unknown, arg: string) => void pressed.push(arg);
    const world = worldWith(commandOf({ buttons: { go } }));
    const refused = await world.ana.press(`try:go:${ADMIN}:one`);
    expect(refused.text).toBe('Only the person who ran the command can use its buttons. Run /try yourself.');
    await world.ana.press(`try:go:${ANA}:two`);
    await world.ana.press('try:go:*:http:pilots');
    expect(pressed).toEqual(['two', 'http:pilots']);
  });

  it('leaves the message with its buttons when a press fails, and says why beside it', async () => {
    const world = worldWith(commandOf({ buttons: { go: inUse } }));
    const seen = await world.ana.press('try:go:*:');
    expect(seen.besides).toMatchObject({ text: 'Mappings use this group.', isEphemeral: true });
    expect(seen.text).toBe('');
  });

  it('says in the message itself what has failed, where that says already that it is under way', async () => {
    const go: Command = commandOf({
      buttons: {
        go: async (interaction) => {
          await interaction.editReply({ content: 'Syncing …', components: [] });
          await inUse();
        },
      },
    });
    const own = await worldWith(go).ana.click(question('try:go:*:'), 'try:go:*:');
    expect(own).toMatchObject({ text: 'Mappings use this group.', buttons: [], besides: null });
    const open = { ...question('try:go:*:'), isEphemeral: false };
    const seen = await worldWith(go).ana.click(open, 'try:go:*:');
    expect(seen.besides).toMatchObject({ text: 'Mappings use this group.', isEphemeral: true });
  });

  it('lets no name turn around what stands beside it', async () => {
    const turned = 'Pi\u202elots\u0000 \u2066x';
    const complete = async () => ['\u202e', turned].map((name) => ({ name, value: name }));
    expect(await worldWith(typing(complete)).ana.type('try', 'name', '')).toEqual([
      { name: 'Pilots x', value: turned },
    ]);
    const fails = commandOf({ execute: () => Promise.reject(new AppError('group_not_found', `No “${turned}”.`)) });
    expect((await worldWith(fails).ana.run('try')).text).toContain('No “Pilots x”.');
  });

  it('takes a double click once, and another button at once', async () => {
    const handled: string[] = [];
    const answer = Promise.withResolvers<void>();
    const slow = async () => {
      handled.push('slow');
      await answer.promise;
    };
    const world = worldWith(commandOf({ buttons: { slow, cancel: async () => void handled.push('cancel') } }));
    const asked = question(`try:slow:${ANA}:`, `try:cancel:${ANA}:`);
    const first = world.ana.click(asked, `try:slow:${ANA}:`);
    await world.ana.click(asked, `try:slow:${ANA}:`);
    await world.ana.click(asked, `try:cancel:${ANA}:`);
    answer.resolve();
    await first;
    await world.ana.click(asked, `try:slow:${ANA}:`);
    expect(handled).toEqual(['slow', 'cancel']);
  });

  it('takes a press again after a failure', async () => {
    const handled: string[] = [];
    const go = async (_: unknown, __: unknown, arg: string) => {
      handled.push(arg);
      if (handled.length === 1) throw new AppError('group_in_use', 'Mappings use this group.');
    };
    const world = worldWith(commandOf({ buttons: { go } }));
    const asked = question(`try:go:${ANA}:own`);
    await world.ana.click(asked, `try:go:${ANA}:own`);
    await world.ana.click(asked, `try:go:${ANA}:own`);
    expect(handled).toEqual(['own', 'own']);
  });

  it('logs that an interaction came too late, and goes on', async () => {
    const world = worldWith(commandOf({}));
    for (const code of [10062, 40060, 50027]) {
      world.failNext(404, code);
      await expect(world.ana.run('try')).rejects.toThrow('nothing was answered');
    }
    expect(world.logged.map(({ text }) => text)).toEqual(Array(3).fill('interaction can no longer be answered'));
    expect((await world.ana.run('try')).text).toBe('done');
  });

  it('survives that not even the error can be told', async () => {
    const world = worldWith(commandOf({ execute: () => Promise.reject(new AppError('not_found', 'Not here.')) }));
    world.failNext(500, 0);
    world.failNext(500, 0);
    await expect(world.ana.run('try')).rejects.toThrow('nothing was answered');
    expect(world.logged.at(-1)?.text).toBe('could not answer the interaction');
  });
});

/** A message with a list of two. */
function list(customId: string) {
  const options = ['one', 'two'].map((value) => ({ label: value, value }));
  const select = { type: ComponentType.StringSelect as const, custom_id: customId, options };
  return { ...question(), selects: [select] };
}

function menuOf(onUser: UserMenu['onUser'], permissions: bigint | null = null): UserMenu {
  const data = new ContextMenuCommandBuilder().setName('Look at').setType(ApplicationCommandType.User);
  return { data: data.setDefaultMemberPermissions(permissions), onUser };
}

describe('the menu on a user', () => {
  it('brings the user to its command, to be answered for the asker alone', async () => {
    const seen = await worldWith(menuOf((interaction) => interaction.editReply(`of ${interaction.targetId}`))).ana.menu(
      'Look at',
      ADMIN,
    );
    expect(seen).toMatchObject({ text: `of ${ADMIN}`, isEphemeral: true, allowedMentions: { parse: [] } });
  });

  it('knows what to say to an entry that is gone, and to one of another kind', async () => {
    const world = worldWith(
      commandOf({}),
      menuOf(() => Promise.resolve()),
    );
    expect((await world.ana.menu('try', ANA)).text).toContain('Reload Discord');
    expect((await world.ana.menu('gone', ANA)).text).toContain('Reload Discord');
    expect((await world.ana.run('Look_at')).text).toContain('Reload Discord');
  });

  it('asks for the permission again, and logs what was asked', async () => {
    const failing = menuOf(() => Promise.reject(new TypeError('secret')), MANAGE_ROLES);
    const world = worldWith(failing);
    expect((await world.ana.menu('Look at', ANA)).text).toContain('the Manage Roles permission to use “Look at”');
    await world.admin.menu('Look at', ANA);
    expect(world.logged.map(({ data }) => data)).toMatchObject([{ command: 'Look at', targetId: ANA }]);
  });
});

describe('a button that answers beside its message', () => {
  const answer: SlashCommand['answers'] = {
    tell: (interaction, _, arg) => interaction.editReply(`told ${arg}`),
    fail: inUse,
  };

  it('leaves the message as it is, and tells the presser alone', async () => {
    const seen = await worldWith(commandOf({ answers: answer })).ana.press('try:tell:*:x');
    expect(seen).toMatchObject({ text: '', besides: { text: 'told x', isEphemeral: true } });
  });

  it('tells an error in that answer', async () => {
    const seen = await worldWith(commandOf({ answers: answer })).ana.press('try:fail:*:');
    expect(seen.besides).toMatchObject({ text: 'Mappings use this group.', isEphemeral: true });
  });

  it('answers a double click once, and lets none wait', async () => {
    const handled: string[] = [];
    const tell = async () => void handled.push('told');
    const world = worldWith(commandOf({ answers: { tell } }));
    const asked = question(`try:tell:${ANA}:`);
    await world.ana.click(asked, `try:tell:${ANA}:`);
    const again = await world.ana.click(asked, `try:tell:${ANA}:`);
    expect(handled).toEqual(['told']);
    expect(again.besides).toBeNull();
    expect(world.logged).toEqual([]);
  });
});

describe('a list', () => {
  const chosen: string[] = [];
  const command = commandOf(
    {
      selects: {
        pick: async ({ values }, _, arg) => void chosen.push(`${arg} ${values.join(',')}`),
        fail: inUse,
      },
    },
    MANAGE_ROLES,
  );

  it('brings what was chosen to its command, for its owner with the permission', async () => {
    const world = worldWith(command);
    chosen.length = 0;
    await world.admin.choose(list('try:pick:*:a'), 'pick', 'one');
    await world.admin.choose(list('try:pick:*:a'), 'pick', 'two');
    await world.ana.choose(list('try:pick:*:b'), 'pick', 'one');
    expect((await world.admin.choose(list(`try:pick:${ANA}:c`), 'pick', 'one')).text).toContain('Only the person');
    expect((await world.admin.choose(list('try:gone:*:'), 'gone', 'one')).text).toContain('another version');
    expect(chosen).toEqual(['a one', 'a two']);
  });

  it('tells an error beside it', async () => {
    const seen = await worldWith(command).admin.choose(list('try:fail:*:'), 'fail', 'one');
    expect(seen.besides?.text).toBe('Mappings use this group.');
  });
});

describe('a form', () => {
  const form: FormText = {
    title: 'Number',
    components: [
      {
        type: ComponentType.Label,
        label: 'How many',
        component: { type: ComponentType.TextInput, style: TextInputStyle.Short, custom_id: 'number', value: '5' },
      },
    ],
  };
  const command = commandOf(
    {
      forms: {
        ask: {
          open: async () => form,
          submit: (interaction, _, arg) =>
            interaction.editReply(`${arg}: ${interaction.fields.getTextInputValue('number')}`),
        },
        fail: { open: inUse, submit: inUse },
        late: { open: async () => form, submit: inUse },
      },
    },
    MANAGE_ROLES,
  );

  it('opens at a press, and changes the message that held the button', async () => {
    const { admin } = worldWith(command);
    const pressed = await admin.press('try:ask:*:x:y');
    expect(pressed.form).toEqual({ title: 'Number', customId: `try:ask:${ADMIN}:x:y`, inputs: { number: '5' } });
    expect((await admin.fill(pressed, { number: '7' })).text).toBe('x:y: 7');
  });

  it('is filled in by its owner alone, who still has the permission', async () => {
    const world = worldWith(command);
    const pressed = await world.admin.press('try:ask:*:');
    expect((await world.ana.fill(pressed, {})).text).toContain('Only the person');
    const demoted = world.as({ discordId: ADMIN, permissions: 0n });
    expect((await demoted.fill(pressed, {})).text).toContain('You need the Manage Roles permission to use this form.');
  });

  it('tells an error before and after it is filled in', async () => {
    const { admin } = worldWith(command);
    expect((await admin.press('try:fail:*:')).text).toBe('Mappings use this group.');
    const filled = await admin.fill(await admin.press('try:late:*:'), {});
    expect(filled.besides?.text).toBe('Mappings use this group.');
  });
});

describe('the permission that a command asks for', () => {
  const cases = [
    { name: 'held in the guild', roleIds: [STAFF], permissions: MANAGE_ROLES, may: true },
    { name: 'held as an administrator of the channel only', roleIds: [], permissions: 8n, may: false },
    { name: "held by a channel's overwrite only", roleIds: [PILOT], permissions: MANAGE_ROLES, may: false },
    { name: 'taken away by Discord', roleIds: [STAFF], permissions: 0n, may: false },
    { name: 'not held', roleIds: [], permissions: 0n, may: false },
  ];

  it.each(cases)('$name: $may', async ({ roleIds, permissions, may }) => {
    const pressed: string[] = [];
    const go = async () => void pressed.push('go');
    const person = worldWith(commandOf({ buttons: { go }, autocomplete: oneChoice }, MANAGE_ROLES)).as({
      roleIds,
      permissions,
    });
    const { text } = await person.run('try');
    expect(text).toBe(may ? 'done' : 'You need the Manage Roles permission to use /try. Ask an admin of this server.');
    await person.press('try:go:*:');
    expect(pressed).toEqual(may ? ['go'] : []);
    expect(await person.type('try', 'option', 'x')).toHaveLength(may ? 1 : 0);
  });
});

describe('autocomplete', () => {
  it('cuts the choices to what Discord takes', async () => {
    const many = Array.from({ length: 40 }, (_, index) => ({
      name: `${index} ${'x'.repeat(200)}`,
      value: String(index),
    }));
    const unfit = [
      { name: '', value: 'empty name' },
      { name: 'long value', value: 'x'.repeat(101) },
    ];
    const choices = await worldWith(typing(async () => [...unfit, ...many])).ana.type('try', 'option', '');
    expect(choices).toHaveLength(25);
    expect(choices.every(({ name }) => name.length <= 100)).toBe(true);
    expect(choices[0]?.value).toBe('0');
  });

  it.each([
    { name: 'throws', complete: () => Promise.reject(new Error('no')) },
    { name: 'never answers', complete: () => new Promise<Choice[]>(() => undefined) },
  ])('answers with nothing when the command $name', async ({ complete }) => {
    const world = worldWith(typing(complete));
    expect(await world.ana.type('try', 'option', '')).toEqual([]);
    expect(world.logged.map(({ text }) => text)).toEqual(['autocomplete failed']);
  });
});

describe('parseCustomId', () => {
  it('keeps colons in the argument', () => {
    expect(parseCustomId('map:remove:*:http:pilots')).toEqual({
      command: 'map',
      action: 'remove',
      owner: '*',
      arg: 'http:pilots',
    });
  });
});

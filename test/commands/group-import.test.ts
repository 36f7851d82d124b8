import { describe, expect, it, vi } from 'vitest';
import { startApi } from '../support/api-world.ts';
import { AT, mappingOf } from '../support/fake-app.ts';
import { at, until } from '../support/local-discord.ts';
import { ADMIN, ANA, groupOf, OWNER, PILOT, smallWorld, STAFF } from '../support/small-world.ts';

const FILE = '700000000000000007';

/** An admin before a server with the group Pilots, and a file of these lines. */
function withFile(lines: readonly string[] | string, world: Parameters<typeof smallWorld>[0] = {}) {
  const text = typeof lines === 'string' ? lines : ['group,discord_id,expires_at', ...lines].join('\n');
  const small = smallWorld({ files: new Map([[FILE, text]]), ...world });
  return { ...small, ask: () => small.admin.run('group import', { file: FILE }) };
}

describe('/group import', () => {
  it('shows what it would do, and does it after a yes', async () => {
    const { admin, world, ask } = withFile([`Pilots,${ANA},2027-01-01`, `Cadets,${ANA}`, `Cadets,${OWNER}`]);
    const asked = await ask();
    expect(asked.text).toBe(
      'Import **rows**? 3 members added. Nobody is taken out of a group.\nNew groups: **Cadets**.',
    );
    expect(asked.isEphemeral).toBe(true);
    expect(asked.buttons.map(({ label }) => label)).toEqual(['Apply', 'Cancel']);
    expect(world.groups).toHaveLength(1);

    const done = await admin.click(asked, 'Apply');
    expect(done.text).toBe(
      '✅ Imported: 1 group created and 3 members added. No mapping uses these groups yet: make one with `/map add`.',
    );
    expect(done.buttons).toEqual([]);
    expect(world.groups.map(({ name, members }) => [name, members.map(({ discordId }) => discordId)])).toEqual([
      ['Pilots', [ANA]],
      ['Cadets', [ANA, OWNER]],
    ]);
    expect(world.groups[1]?.createdBy).toBe(ADMIN);
  });

  it('says that roles follow where a mapping uses the groups', async () => {
    const mapping = mappingOf({ id: 'm1', roleId: PILOT, groupId: 'pilots-id' });
    const { admin, ask } = withFile([`Pilots,${ANA}`], { mappings: [{ mapping, findings: [] }] });
    const asked = await ask();
    expect(asked.text).toContain('1 mapping uses these groups, so roles follow.');
    expect((await admin.click(asked, 'Apply')).text).toContain('Roles that follow from it are on their way.');
  });

  it('changes nothing after a no, and asks nothing where there is nothing to do', async () => {
    const { admin, world, ask } = withFile([`Cadets,${ANA}`]);
    expect((await admin.click(await ask(), 'Cancel')).text).toBe('Cancelled. Nothing was changed.');
    expect(world.groups).toHaveLength(1);
    const there = { accountId: null, discordId: ANA, isLinked: false, expiresAt: null, addedAt: AT };
    const full = withFile([`Pilots,${ANA}`], { groups: [{ ...groupOf('pilots-id', 'Pilots'), members: [there] }] });
    const asked = await full.ask();
    expect(asked.text).toBe('**rows** changes nothing: all of its members are in their groups already.');
    expect(asked.buttons).toEqual([]);
  });

  it('reports every row that it cannot use, with its line, before and after', async () => {
    const { admin, ask } = withFile([`Pilots,${ANA}`, 'Pilots,ana', `Pilots,${ANA}`, `"a,b",${OWNER}`]);
    const asked = await ask();
    const report = [
      '⚠️ 3 rows cannot be used and are left out:',
      'Line 3: discord\\_id has to be a Discord id: 17 to 20 digits.'.replace('id: 17', 'id\\: 17'),
      'Line 4: says the same member and group as line 2.',
    ].join('\n');
    expect(asked.text).toContain(report);
    expect(asked.text).toContain('Line 5: “a,b” cannot be the name of a group\\: it cannot hold a comma or be "none".');
    expect((await admin.click(asked, 'Apply')).text).toContain(report);
  });

  it('cuts a long report', async () => {
    const { ask } = withFile([`Pilots,${ANA}`, ...Array.from({ length: 2_000 }, () => 'Pilots,x')]);
    const asked = await ask();
    expect(asked.text).toContain('⚠️ 2,000 rows cannot be used');
    expect(asked.text).toMatch(/… and 1,\d{3} more$/);
    expect(asked.text.length).toBeLessThan(4_097);
  });

  it('shows what somebody wrote as just that', async () => {
    const evil = '@everyone <@&1> [free](https://evil.example) **x**';
    const { ask } = withFile([`"${evil}",${ANA}`, `"=HYPERLINK(""https://evil.example"")",${ANA}`, `"${evil}",x`]);
    const { text, allowedMentions } = await ask();
    expect(text).toContain('@\u200beveryone \\<@&1> \\[free\\](https\\://evil.example) \\*\\*x\\*\\*');
    expect(text).not.toContain('](https:');
    expect(allowedMentions).toEqual({ parse: [] });
  });

  it.each([
    { name: 'no file of rows', lines: 'hello', words: 'The first line has to name the columns' },
    { name: 'nothing in it', lines: '', words: 'name the columns' },
    { name: 'half of a list', lines: '[{"group":', words: 'its JSON cannot be read' },
    { name: 'too much in it', lines: Array.from({ length: 5_001 }, () => `Pilots,${ANA}`), words: 'at most 5,000' },
  ])('says what is wrong with a file: $name', async ({ lines, words }) => {
    const asked = await withFile(lines).ask();
    expect(asked.text).toContain(words);
    expect(asked.buttons).toEqual([]);
  });

  it('takes a yes once, and not for ever', async () => {
    const { admin, ask, as } = withFile([`Cadets,${ANA}`]);
    const asked = await ask();
    const yes = asked.buttons[0]?.customId ?? '';
    await admin.click(asked, 'Apply');
    const late = as({ discordId: ADMIN, roleIds: [STAFF], at: new Date(AT.getTime() + 16 * 60_000) });
    expect((await late.press(yes)).text).toBe('This has expired. Run `/group import` again.');
  });

  it('is not for members', async () => {
    const { ana } = withFile([`Cadets,${ANA}`]);
    expect((await ana.run('group import', { file: FILE })).text).toContain('You need the Manage Server permission');
  });
});

it('a file that an admin attaches in Discord is read, and gives roles', async () => {
  const { local, bot, guildId, ownerId, login } = await startApi();
  const { discord, guild, channel, members, roles } = local;
  const [ada, ben] = [at(members, 0).id, at(members, 1).id];
  await login(ada);
  const role = at(roles, 1);
  const group = await bot.app.groups.create({ guildId, name: 'Pilots', description: null, createdBy: null });
  const owner = { discordId: ownerId, roleIds: [] };
  await bot.app.mappings.create(guildId, owner, { groupId: group.id, roleId: role.id }, {});
  const content = Buffer.from(`\ufeffgroup;discord_id\r\nPilots;${ada}\r\nPilots;${ben}\r\nPilots;x\r\n`);
  const given = { channelId: channel.id, filename: 'pilots.csv', contentType: 'text/csv', content };
  const { id } = discord.world.addAttachment(given);

  const reply = discord.interactions.slash({
    userId: ownerId,
    guildId,
    command: 'group import',
    options: { file: id },
  });
  const asked = await reply.text();
  expect(asked).toContain('Import **pilots.csv**? 2 members added.');
  expect(asked).toContain('Line 4');
  const pressed = await reply.click('Apply');
  await until(() => guild.members.get(ada)?.roles.has(role.id) ?? false);
  await vi.waitFor(async () => expect(await pressed.text()).toContain('✅ Imported: 2 members added.'));
  expect(guild.members.get(ben)?.roles.has(role.id)).toBe(false);
  expect(await bot.app.groups.members(group.id)).toHaveLength(2);
});

import { describe, expect, it } from 'vitest';
import { mappingOf } from '../support/fake-app.ts';
import { CHIEF, PILOT, smallWorld } from '../support/small-world.ts';

const well = { mapping: mappingOf({ id: 'm1', roleId: PILOT, groupId: 'pilots-id' }), findings: [] };
const mend = "Drag Rolewright's role above @Chief in Server Settings > Roles.";
const sick = {
  mapping: mappingOf({ id: 'm2', roleId: CHIEF, groupId: 'pilots-id' }),
  findings: [{ code: 'role_above_bot' as const, severity: 'error' as const, mend }],
};

describe('/doctor', () => {
  it('says that all is fine', async () => {
    expect((await smallWorld({ mappings: [well] }).admin.run('doctor')).text).toBe('✅ All fine: 1 mapping can work.');
  });

  it('says how to mend what cannot work', async () => {
    const { text } = await smallWorld({ mappings: [well, sick] }).admin.run('doctor');
    expect(text.split('\n')).toEqual(['1 of 2 mappings can work.', `<@&${CHIEF}> ← **Pilots**`, `❌ ${mend}`]);
  });

  it('counts a mapping that is only odd among those that can work', async () => {
    const odd = {
      ...sick,
      findings: [{ code: 'duplicate' as const, severity: 'warning' as const, mend: 'Remove one.' }],
    };
    const { text } = await smallWorld({ mappings: [well, odd] }).admin.run('doctor');
    expect(text).toContain('2 of 2 mappings can work.');
  });

  it('says which permissions the bot lacks', async () => {
    const { admin, world } = smallWorld({ mappings: [well] });
    world.guild = { ...world.guild, bot: { permissions: 0n, roleIds: [] } };
    const { text } = await admin.run('doctor');
    expect(text).toContain('❌ Rolewright cannot give any role.');
    expect(text).toContain('View Audit Log');
  });

  it('says where to begin', async () => {
    expect((await smallWorld().admin.run('doctor')).text).toContain('Make one with `/map add`');
  });
});

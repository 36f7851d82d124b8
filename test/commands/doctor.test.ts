import { describe, expect, it } from 'vitest';
import { mappingOf } from '../support/fake-app.ts';
import { at } from '../support/local-discord.ts';
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

  it('says what is wrong with the server as a whole, the worst first', async () => {
    const { admin, world } = smallWorld({ mappings: [well] });
    const whole = { mappingId: null, roleId: null, roleName: null };
    const config = at([...world.guildConfigs.values()], 0);
    config.doctor = [
      { ...whole, code: 'missing_view_audit_log', severity: 'warning', mend: 'Give View Audit Log.' },
      { ...whole, code: 'missing_manage_roles', severity: 'error', mend: 'Give Manage Roles.' },
    ];
    const { text } = await admin.run('doctor');
    expect(text.split('\n')).toEqual(['❌ Give Manage Roles.', '⚠️ Give View Audit Log.', '1 of 1 mapping can work.']);
  });

  it('says where to begin', async () => {
    expect((await smallWorld().admin.run('doctor')).text).toContain('Make one with `/map add`');
  });
});

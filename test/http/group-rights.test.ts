import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import { createGroupRights } from '../../src/http/group-rights.ts';
import type { Caller } from '../../src/identity/callers.ts';
import { aGroup } from '../support/stores.ts';

const withCode = (code: ErrorCode): unknown => expect.objectContaining({ name: 'AppError', code });
const forbidden = () => new AppError('forbidden', 'no');

function caller(discordId: string | null, isOperator = false): Caller {
  const discordIds = discordId === null ? [] : [discordId];
  return {
    accountId: `account-${discordId ?? 'host'}`,
    discordIds,
    isOperator,
    isHostOperator: isOperator && discordId === null,
    actor: 'account',
    session: null,
  };
}

/** `mod` administers `guild`; `far` another one. */
const rights = createGroupRights({
  groups: {
    get: async (id) =>
      [aGroup({ id: 'own' }), aGroup({ id: 'global', guildId: null })].find((one) => one.id === id) ?? null,
  },
  access: {
    async findGuildAdmin({ discordIds: [discordId = ''] }, guildId) {
      return discordId === 'mod' && guildId === 'guild' ? { discordId, roleIds: ['r'] } : null;
    },
    async guildAdmin(who, guildId) {
      const author = await this.findGuildAdmin(who, guildId);
      if (!author) throw forbidden();
      return author;
    },
    async adminGuilds({ discordIds: [discordId] }) {
      const id = discordId === 'mod' ? 'guild' : discordId === 'far' ? 'far' : null;
      return id === null ? [] : [{ id, name: id, isBotInstalled: true }];
    },
    operator({ isOperator }) {
      if (!isOperator) throw forbidden();
    },
  },
});

const mod = caller('mod');
const far = caller('far');
const ann = caller('ann');
const operator = caller('op', true);
const host = caller(null, true);

describe('a group of a guild', () => {
  it('is seen and changed by its admins and by operators, each as himself', async () => {
    expect(await rights.change(mod, 'own')).toMatchObject({
      author: { discordId: 'mod', roleIds: ['r'] },
      guildIds: ['guild'],
    });
    expect(await rights.change(operator, 'own')).toMatchObject({ author: { discordId: 'op', roleIds: [] } });
    expect(await rights.change(host, 'own')).toMatchObject({ author: { discordId: 'account-host' }, guildIds: null });
  });

  it('is not there for others', async () => {
    for (const who of [far, ann]) {
      await expect(rights.see(who, 'own')).rejects.toEqual(withCode('group_not_found'));
      await expect(rights.change(who, 'own')).rejects.toEqual(withCode('group_not_found'));
    }
    await expect(rights.see(operator, 'none')).rejects.toEqual(withCode('group_not_found'));
  });

  it('is made by an admin of the guild, or an operator', async () => {
    expect(await rights.make(mod, 'guild')).toMatchObject({ discordId: 'mod' });
    expect(await rights.make(host, 'guild')).toMatchObject({ discordId: 'account-host' });
    await expect(rights.make(far, 'guild')).rejects.toEqual(withCode('forbidden'));
  });

  it('takes its mappings along only for who administers the guild', async () => {
    expect(await rights.endingAs(mod)('guild')).toEqual({ discordId: 'mod', roleIds: ['r'] });
    for (const who of [operator, host]) {
      await expect(rights.endingAs(who)('guild')).rejects.toThrow('Ask an admin there');
    }
  });
});

describe('a group of every guild', () => {
  it('is seen by the admins of any guild, with their own mappings alone, and changed by operators', async () => {
    expect(await rights.see(far, 'global')).toMatchObject({ guildIds: ['far'] });
    await expect(rights.change(far, 'global')).rejects.toEqual(withCode('forbidden'));
    expect(await rights.change(operator, 'global')).toMatchObject({ guildIds: null });
    expect(await rights.make(operator, null)).toMatchObject({ discordId: 'op' });
    await expect(rights.make(mod, null)).rejects.toEqual(withCode('forbidden'));
  });

  it('is not there for others', async () => {
    await expect(rights.see(ann, 'global')).rejects.toEqual(withCode('group_not_found'));
    await expect(rights.change(ann, 'global')).rejects.toEqual(withCode('group_not_found'));
  });
});

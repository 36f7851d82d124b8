import { describe, expect, it } from 'vitest';
import { readMember } from '../../src/discord/member.ts';

const user = { id: '222222222222222222', username: 'bob', global_name: 'Bob' };

describe('a member of Discord', () => {
  it('is read with his names and the time he joined', () => {
    const json = {
      user: { ...user, bot: true },
      roles: ['1'],
      pending: true,
      nick: '[WH] Bob',
      joined_at: '2026-03-01T12:00:00.936000+00:00',
    };
    expect(readMember(json)).toEqual({
      discordId: user.id,
      roleIds: new Set(['1']),
      isBot: true,
      isPending: true,
      joinedAt: new Date('2026-03-01T12:00:00.936Z'),
      nick: '[WH] Bob',
      name: 'Bob',
    });
  });

  it.each([{ joined_at: null, nick: null }, { joined_at: 'soon' }, {}])(
    'is a plain person where Discord says no more (%o)',
    (rest) => {
      expect(readMember({ user: { ...user, global_name: null }, roles: [], ...rest })).toMatchObject({
        isBot: false,
        isPending: false,
        joinedAt: null,
        nick: null,
        name: 'bob',
      });
    },
  );

  it('is nobody without an id or roles', () => {
    expect(() => readMember({ user })).toThrow();
    expect(() => readMember({ roles: [] })).toThrow();
  });
});

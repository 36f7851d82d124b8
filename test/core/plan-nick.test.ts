import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/core/facts.ts';
import type { Guild } from '../../src/core/guild.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { planMember } from '../../src/core/plan.ts';
import {
  aGuild,
  aMapping,
  aMember,
  aRole,
  aView,
  factsOf,
  gone,
  inGroups,
  known,
  NOW,
  OWNER_ID,
  silent,
  someRules,
} from '../support/core-worlds.ts';

const roles = [aRole({ id: '301', position: 1 }), aRole({ id: '302', position: 2 }), aRole({ id: '303', position: 3 })];
/** Its bot stands at the second of three roles. */
const guild = aGuild(roles, { permissions: PERMISSIONS.manageNicknames, roleIds: ['302'] });
const nicknameTemplate = '[{ticker}] {name}';
const called = (name: string, ticker?: string) => known(['g'], { name, ...(ticker === undefined ? {} : { ticker }) });
const facts = factsOf({ local: known([]), http: called('Ann Arbor', 'CORP') });

interface Situation {
  name: string;
  facts?: Facts | null;
  member?: Partial<Parameters<typeof aMember>[1]>;
  roleIds?: string[];
  guild?: Guild;
  template?: string;
  nick: string | null;
}

function nickOf({ facts: said, member, roleIds, guild: where, template }: Omit<Situation, 'name' | 'nick'>) {
  const rules = someRules([aMapping()], { guild: where ?? guild, nicknameTemplate: template ?? nicknameTemplate });
  return planMember(rules, aView({ member: aMember(roleIds, member), facts: said === undefined ? facts : said }), NOW)
    .nick;
}

describe('planMember, the nickname', () => {
  it.each<Situation>([
    { name: 'is what the source calls him', nick: '[CORP] Ann Arbor' },
    { name: 'is given to one who has another', member: { nick: 'Annie' }, nick: '[CORP] Ann Arbor' },
    { name: 'is not given twice', member: { nick: '[CORP] Ann Arbor' }, nick: null },
    { name: 'is not given to one who is called so anyway', member: { name: '[CORP] Ann Arbor' }, nick: null },
    {
      name: 'is given to one who is called so on Discord and goes by another name here',
      member: { name: '[CORP] Ann Arbor', nick: 'Annie' },
      nick: '[CORP] Ann Arbor',
    },
    { name: 'is nobody’s business without a template', template: '', nick: null },
    { name: 'does without a ticker', facts: factsOf({ http: called('Ann') }), nick: 'Ann' },
    {
      name: 'is his name on Discord where no source has one',
      facts: inGroups('g'),
      member: { name: 'Bob', nick: 'Bobby' },
      nick: 'Bob',
    },
    {
      name: 'is his name on Discord when the source knows him no more',
      facts: factsOf({ local: known([]), http: gone() }),
      member: { nick: '[CORP] Bob' },
      nick: 'Bob',
    },
    {
      name: 'takes name and ticker from whichever source knows them',
      facts: factsOf({ local: known([], { ticker: 'CORP' }), http: called('Ann') }),
      nick: '[CORP] Ann',
    },
    {
      name: 'takes each from the first source that knows it',
      facts: factsOf({ local: called('Ann', 'ONE'), http: called('Eve', 'TWO') }),
      nick: '[ONE] Ann',
    },
    { name: 'stays when the source has an empty name for him', facts: factsOf({ http: called('') }), nick: null },
    {
      name: 'stays while a source is silent, though another knows a name',
      facts: factsOf({ local: called('Ann'), http: silent() }),
      member: { nick: '[CORP] Ann' },
      nick: null,
    },
    { name: 'stays while no source has said anything', facts: new Map(), member: { nick: '[CORP] Ann' }, nick: null },
    { name: 'stays with one who is not linked', facts: null, nick: null },
    { name: 'stays with the owner of the guild', member: { discordId: OWNER_ID }, nick: null },
    { name: 'is given to one who stands below the bot', roleIds: ['301'], nick: '[CORP] Ann Arbor' },
    { name: 'stays with one who stands as high as the bot', roleIds: ['302'], nick: null },
    { name: 'stays with one who stands above the bot', roleIds: ['303'], nick: null },
    {
      name: 'stays where the bot may not rename',
      guild: aGuild(roles, { permissions: PERMISSIONS.manageRoles, roleIds: ['302'] }),
      nick: null,
    },
    { name: 'stays with a bot', member: { isBot: true }, nick: null },
    { name: 'waits until he has accepted the rules', member: { isPending: true }, nick: null },
  ])('$name', ({ nick, ...situation }) => expect(nickOf(situation)).toBe(nick));

  it('goes along with what else is to be done', () => {
    const rules = someRules([aMapping()], { guild, nicknameTemplate });
    expect(planMember(rules, aView({ facts: inGroups('g'), member: aMember([], { nick: 'X' }) }), NOW)).toMatchObject({
      changes: [{ action: 'add', roleId: 'r' }],
      nick: 'Bob',
    });
  });
});

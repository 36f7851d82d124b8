import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredNick, mayRename, validateTemplate } from '../../src/core/nickname.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { aGuild, aRole, DISCORD_ID, everyCaseOf, OWNER_ID } from '../support/core-worlds.ts';

const ann = { name: 'Ann', ticker: 'CORP' };
const ENGLAND = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}';
const noTicker = { name: 'Ann', ticker: null };

describe('desiredNick', () => {
  it.each([
    { name: 'fills in both', template: '[{ticker}] {name}', facts: ann, nick: '[CORP] Ann' },
    { name: 'fills in one as often as it is asked for', template: '{name} {name}', facts: ann, nick: 'Ann Ann' },
    { name: 'is none without a template', template: '', facts: ann, nick: null },
    { name: 'is none with a blank template', template: '  ', facts: ann, nick: null },
    { name: 'is none without a name', template: '[{ticker}] {name}', facts: { name: null, ticker: 'C' }, nick: null },
    { name: 'is none with a blank name', template: '{name}', facts: { name: ' \n', ticker: null }, nick: null },
    { name: 'drops square brackets without a ticker', template: '[{ticker}] {name}', facts: noTicker, nick: 'Ann' },
    { name: 'drops round ones', template: '{name} ( {ticker} )', facts: noTicker, nick: 'Ann' },
    { name: 'drops angle ones', template: '<{ticker}> {name}', facts: noTicker, nick: 'Ann' },
    { name: 'drops curly ones', template: '{{ticker}} {name}', facts: noTicker, nick: 'Ann' },
    { name: 'fills in curly ones', template: '{{ticker}} {name}', facts: ann, nick: '{CORP} Ann' },
    { name: 'drops brackets in the middle', template: 'x [{ticker}] {name}', facts: noTicker, nick: 'x Ann' },
    {
      name: 'takes a blank ticker for none',
      template: '[{ticker}] {name}',
      facts: { name: 'Ann', ticker: ' ' },
      nick: 'Ann',
    },
    { name: 'drops the bar that parts a ticker in front', template: '{ticker} | {name}', facts: noTicker, nick: 'Ann' },
    {
      name: 'drops the dash that parts a ticker at the end',
      template: '{name} - {ticker}',
      facts: noTicker,
      nick: 'Ann',
    },
    { name: 'drops what parts a bracketed one', template: '[{ticker}] · {name}', facts: noTicker, nick: 'Ann' },
    { name: 'keeps what parts two others', template: 'x {ticker} - {name}', facts: noTicker, nick: 'x - Ann' },
    { name: 'keeps empty brackets of the template itself', template: '[] {name}', facts: noTicker, nick: '[] Ann' },
    {
      name: 'keeps brackets of the name',
      template: '[{ticker}] {name}',
      facts: { name: '- [] Ann', ticker: null },
      nick: '- [] Ann',
    },
    {
      name: 'keeps brackets that hold more than the ticker',
      template: '[{ticker} x] {name}',
      facts: noTicker,
      nick: '[ x] Ann',
    },
    {
      name: 'tidies spaces and control characters as Discord does',
      template: ' {name}\t {ticker} ',
      facts: { name: 'An\u0000  n', ticker: 'C\n' },
      nick: 'An n C',
    },
    {
      name: 'takes out what nobody sees',
      template: '[{ticker}] {name}',
      facts: { name: '\uFEFFBo\u200Bb\u00AD \u202E\u2066x\u200D', ticker: '\u200B' },
      nick: 'Bob x',
    },
    {
      name: 'is none with a name that nobody sees',
      template: '{name}',
      facts: { name: '\u200B\u2060', ticker: 'C' },
      nick: null,
    },
    {
      name: 'leaves joined emoji together, and the flag that is made of tags',
      template: '{name}',
      facts: { name: `\u{1F469}\u200D\u{1F680}${ENGLAND}\u2764\uFE0F\u200D\u{1F525}`, ticker: null },
      nick: `\u{1F469}\u200D\u{1F680}${ENGLAND}\u2764\uFE0F\u200D\u{1F525}`,
    },
    {
      name: 'leaves no joiner at the cut',
      template: '{name}',
      facts: { name: `${'a'.repeat(30)}\u{1F469}\u200D\u{1F680}`, ticker: null },
      nick: `${'a'.repeat(30)}\u{1F469}`,
    },
    {
      name: 'leaves no tags of half a flag at the cut',
      template: '{name}',
      facts: { name: `${'a'.repeat(28)}${ENGLAND}`, ticker: null },
      nick: `${'a'.repeat(28)}\u{1F3F4}`,
    },
    {
      name: 'does not fill in what a name says',
      template: '{name} {ticker}',
      facts: { name: '{ticker}', ticker: '{name}' },
      nick: '{ticker} {name}',
    },
    {
      name: 'takes a dollar in a name for a dollar',
      template: '{name}',
      facts: { name: "$& $1 $' $$", ticker: null },
      nick: "$& $1 $' $$",
    },
    {
      name: 'leaves what it does not know as it was typed',
      template: '{corp} {Name} {name}',
      facts: ann,
      nick: '{corp} {Name} Ann',
    },
    {
      name: 'gives exactly 32 characters',
      template: '{name}',
      facts: { name: 'a'.repeat(32), ticker: null },
      nick: 'a'.repeat(32),
    },
    {
      name: 'cuts the 33rd',
      template: '[{ticker}] {name}',
      facts: { name: 'a'.repeat(40), ticker: 'CORP' },
      nick: `[CORP] ${'a'.repeat(25)}`,
    },
    {
      name: 'leaves no space at the cut',
      template: '{name}',
      facts: { name: `${'a'.repeat(31)} b`, ticker: null },
      nick: 'a'.repeat(31),
    },
    {
      name: 'counts an emoji as one character and never halves it',
      template: '{name}',
      facts: { name: `a${'\u{1F680}'.repeat(40)}`, ticker: null },
      nick: `a${'\u{1F680}'.repeat(31)}`,
    },
    {
      name: 'replaces half a character that the source sent',
      template: '{name}',
      facts: { name: 'a\uD83D', ticker: null },
      nick: 'a\uFFFD',
    },
  ])('$name', ({ template, facts, nick }) => expect(desiredNick(template, facts)).toBe(nick));

  const WORDS = ['a', ' ', '\t', '\u{1F680}', '\uD83D', '[', ']', '-', '{name}', '{ticker}', '$&'];
  const OF_EMOJI = [
    '\u200B',
    '\u200D',
    '\uFE0F',
    '\u{1F469}',
    '\u{1F3FD}',
    '\u2764',
    '\u{1F3F4}',
    '\u{E007F}',
    ENGLAND,
  ];
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(...WORDS, ...OF_EMOJI),
      maxLength: 45,
    }),
  );
  const facts = fc.record({ name: fc.option(anyText), ticker: fc.option(anyText) });

  it('always gives what Discord stores unchanged, or nothing', () => {
    fc.assert(
      fc.property(anyText, facts, (template, known) => {
        const nick = desiredNick(template, known);
        if (nick === null) return;
        expect(Array.from(nick).length).toBeLessThanOrEqual(32);
        expect(nick.isWellFormed()).toBe(true);
        expect(nick).toBe(nick.replaceAll(/\s+/g, ' ').trim());
        expect(/\p{Cc}/u.test(nick)).toBe(false);
        expect(/\p{Cf}/u.test(nick.replaceAll(/\p{RGI_Emoji}/gv, ''))).toBe(false);
        if (nick !== '') expect(desiredNick('{name}', { name: nick, ticker: null })).toBe(nick);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives a name to everybody who has one, with every template that is accepted', () => {
    fc.assert(
      fc.property(anyText, anyText, (template, name) => {
        fc.pre(
          validateTemplate(template) === null &&
            template.trim() !== '' &&
            name.toWellFormed().replaceAll(/[\s\p{Cc}\p{Cf}]/gu, '') !== '',
        );
        expect(desiredNick(template, { name, ticker: null })).not.toBe('');
        expect(desiredNick(template, { name, ticker: null })).not.toBeNull();
      }),
      { numRuns: 2000 },
    );
  });
});

describe('validateTemplate', () => {
  it.each(['', '  ', '{name}', '[{ticker}] {name}', `{name}${'{ticker}'.repeat(11)}abcdef`, `${'a'.repeat(31)}{name}`])(
    'accepts %j',
    (template) => expect(validateTemplate(template)).toBeNull(),
  );

  it.each([
    { template: '[{ticker}]', says: 'needs {name}' },
    { template: 'Pilot', says: 'needs {name}' },
    { template: '{Name}', says: 'cannot fill in {Name}' },
    { template: '{foo}', says: 'cannot fill in {foo}' },
    { template: '[{corp}] {name}', says: 'cannot fill in {corp}' },
    { template: `{name}${'{ticker}'.repeat(11)}abcdefg`, says: 'at most 100 characters' },
    { template: `${'a'.repeat(32)}{name}`, says: 'no room for the name' },
  ])('refuses $template', ({ template, says }) => expect(validateTemplate(template)).toContain(says));

  it('counts characters as people do', () => {
    expect(validateTemplate(`{name}${'{ticker}'.repeat(6)}${'\u{1F680}'.repeat(31)}`)).toBeNull();
    expect(validateTemplate(`{name}${'\u{1F680}'.repeat(32)}`)).toContain('no room');
    expect(validateTemplate(`{name}${'\u{1F680}'.repeat(95)}`)).toContain('at most 100');
  });
});

describe('mayRename', () => {
  const low = aRole({ id: '310', position: 1 });
  const bot = aRole({ id: '320', position: 2 });
  const twin = aRole({ id: '330', position: 2 });
  const high = aRole({ id: '340', position: 3 });
  const may = (roleIds: string[], { permissions = PERMISSIONS.manageNicknames, discordId = DISCORD_ID } = {}) =>
    mayRename(aGuild([low, bot, twin, high], { permissions, roleIds: ['320'] }), {
      discordId,
      roleIds: new Set(roleIds),
    });

  it.each([
    { name: 'is so for somebody without roles', roleIds: [], may: true },
    { name: 'is so for somebody below the bot', roleIds: ['310'], may: true },
    { name: 'is so at the same position, for the role that Discord shows lower', roleIds: ['330'], may: true },
    { name: "is not so for somebody with the bot's own role", roleIds: ['310', '320'], may: false },
    { name: 'is not so for somebody above the bot', roleIds: ['310', '340'], may: false },
    { name: 'passes over roles that no longer exist', roleIds: ['999'], may: true },
  ])('$name', ({ roleIds, may: expected }) => expect(may(roleIds)).toBe(expected));

  it('is never so for the owner', () => expect(may([], { discordId: OWNER_ID })).toBe(false));

  it('needs Manage Nicknames, or Administrator', () => {
    expect(may([], { permissions: PERMISSIONS.manageRoles })).toBe(false);
    expect(may([], { permissions: PERMISSIONS.administrator })).toBe(true);
  });

  it('does not let Administrator pass over who stands higher', () =>
    expect(may(['340'], { permissions: PERMISSIONS.administrator })).toBe(false));

  it('is not so for anybody while the bot has no role, or the roles are not known', () => {
    for (const { hasRoles, his } of everyCaseOf({ hasRoles: [true, false], his: [['310'], []] })) {
      const guild = aGuild([low], { permissions: PERMISSIONS.manageNicknames });
      const seen = hasRoles ? guild : { ...guild, roles: new Map() };
      expect(mayRename(seen, { discordId: DISCORD_ID, roleIds: new Set(his) })).toBe(false);
    }
  });
});

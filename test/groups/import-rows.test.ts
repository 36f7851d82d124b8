import { describe, expect, it } from 'vitest';
import { readRows } from '../../src/groups/import-rows.ts';
import { noon } from '../support/stores.ts';

const ANN = '200000000000000001';
const BOB = '200000000000000002';
const at = (iso: string) => new Date(iso);

const read = (text: string) => readRows(text, noon);
const rowsOf = (count: number) => `group,discord_id\n${`Pilots,${ANN}\n`.repeat(count)}`;
const ann = { place: 2, group: 'Pilots', discordId: ANN };

describe('a CSV file', () => {
  it.each([
    { name: 'plain', text: `group,discord_id\nPilots,${ANN}\n` },
    { name: 'of Windows', text: `group,discord_id\r\nPilots,${ANN}\r\n` },
    { name: 'with a byte order mark', text: `\ufeffgroup,discord_id\nPilots,${ANN}` },
    { name: 'with semicolons', text: `group;discord_id\nPilots;${ANN}\n` },
    { name: 'with tabs', text: `group\tdiscord_id\nPilots\t${ANN}\n` },
    { name: 'with quotes', text: `"group","discord_id"\n"Pilots","${ANN}"\n` },
    { name: 'with spaces and capitals', text: ` Group , DISCORD_ID \n  Pilots ,  ${ANN} \n` },
    { name: 'with other columns, in another order', text: `note,discord_id,group\n"a, b",${ANN},Pilots\n` },
    { name: 'with rows that are too long', text: `group,discord_id\nPilots,${ANN},,,x\n` },
    { name: 'with an empty end', text: `group,discord_id,expires_at\nPilots,${ANN},\n` },
  ])('is read: $name', ({ text }) => {
    expect(read(text)).toEqual({ places: 'line', rows: [ann], bad: [] });
  });

  it('tells the line of each row, past empty ones', () => {
    const { rows } = read(`group,discord_id\n\nPilots,${ANN}\n,,\nPilots,${BOB}\n`);
    expect(rows.map(({ place }) => place)).toEqual([3, 5]);
  });

  it('keeps signs in names as they are', () => {
    const { rows } = read(`group,discord_id\n"=HYPERLINK(""x"")",${ANN}\n"@everyone <@&1> [x](y)",${ANN}\n`);
    expect(rows.map(({ group }) => group)).toEqual(['=HYPERLINK("x")', '@everyone <@&1> [x](y)']);
  });

  it.each([
    { text: '', words: 'name the columns' },
    { text: 'group,user\nPilots,1\n', words: 'name the columns' },
    { text: `Pilots,${ANN}\n`, words: 'name the columns' },
    { text: 'group,discord_id\n', words: 'no row' },
    { text: `group,discord_id\n"Pilots,${ANN}\n`, words: 'stray quotation mark' },
    { text: `group,discord_id\nPi"lots,${ANN}\n`, words: 'Line 2 of this file cannot be read as CSV' },
  ])('is not read where it is none: $text', ({ text, words }) => {
    expect(() => read(text)).toThrow(words);
  });

  it('has a bound', () => {
    expect(() => read(rowsOf(5_001))).toThrow('5,001 rows; at most 5,000');
    expect(read(rowsOf(5_000)).bad).toHaveLength(4_999);
  });
});

describe('a JSON file', () => {
  it('is read', () => {
    const entries = [
      { group: 'Pilots', discord_id: ANN, expires_at: null, note: 'x' },
      { group: ' Élite  pilots', discord_id: ` ${BOB}`, expires_at: '2027-01-01' },
    ];
    expect(read(`\n ${JSON.stringify(entries)}`)).toEqual({
      places: 'entry',
      rows: [
        { place: 1, group: 'Pilots', discordId: ANN },
        { place: 2, group: 'Élite pilots', discordId: BOB, expiresAt: at('2027-01-01T00:00:00Z') },
      ],
      bad: [],
    });
  });

  it.each([
    { text: '[{"group":', words: 'not whole' },
    { text: '{"group":"x"}', words: 'has to be a list' },
    { text: '[]', words: 'no row' },
    { text: JSON.stringify(Array.from({ length: 5_001 }, () => 1)), words: '5,001 rows' },
  ])('is not read where it is none: $words', ({ text, words }) => {
    expect(() => read(text)).toThrow(words);
  });

  it.each([
    { entry: 1, why: 'must be an object' },
    { entry: null, why: 'must be an object' },
    { entry: [], why: 'must be an object' },
    { entry: { discord_id: ANN }, why: 'group is missing' },
    { entry: { group: 1 }, why: 'group must be text, discord_id is missing' },
    { entry: { group: 'x', discord_id: 2e17 }, why: 'a number loses its last digits' },
    { entry: { group: 'x', discord_id: ANN, expires_at: 5 }, why: 'expires_at must be text in quotes' },
    { entry: { __proto__: { group: 'x' }, discord_id: ANN }, why: 'group is missing' },
  ])('says what is wrong with an entry: $entry', ({ entry, why }) => {
    const { rows, bad } = read(JSON.stringify([entry]));
    expect(rows).toEqual([]);
    expect(bad).toMatchObject([{ place: 1, why: expect.stringContaining(why) }]);
  });
});

describe('a row', () => {
  it.each([
    { cells: [' ', ANN], why: 'cannot be the name of a group: it must have 1 to 100 characters' },
    { cells: ['"a,b"', ANN], why: '“a,b” cannot be the name of a group: it cannot hold a comma' },
    { cells: ['http:pilots', ANN], why: 'another source' },
    { cells: ['x'.repeat(101), ANN], why: 'must have at most 100 characters' },
    { cells: ['turn\u202eed', ANN], why: 'invisible characters' },
    { cells: ['Pilots', ''], why: '17 to 20 digits' },
    { cells: ['Pilots', 'ann'], why: '17 to 20 digits' },
    { cells: ['Pilots', `<@${ANN}>`], why: '17 to 20 digits' },
    { cells: ['Pilots', '0200000000000000001'], why: '17 to 20 digits' },
    { cells: ['Pilots', '2.00E+17'], why: 'a spreadsheet has cut this discord_id short' },
    { cells: ['Pilots', ANN, 'soon'], why: 'expires_at has to be a date' },
    { cells: ['Pilots', ANN, '2027-02-30'], why: 'expires_at has to be a date' },
    { cells: ['Pilots', ANN, '2027-01-01T00:00:00'], why: 'expires_at has to be a date' },
    { cells: ['Pilots', ANN, '2026-01-01'], why: 'has passed already' },
    { cells: ['Pilots', ANN, '2037-01-01'], why: 'ten years' },
  ])('is told apart where it cannot be used: $cells', ({ cells, why }) => {
    const { rows, bad } = read(`group,discord_id,expires_at\nPilots,${BOB}\n${cells.join(',')}\n`);
    expect(rows).toEqual([{ place: 2, group: 'Pilots', discordId: BOB }]);
    expect(bad).toMatchObject([{ place: 3, why: expect.stringContaining(why) }]);
  });

  it.each([
    { text: 'never', expiresAt: null },
    { text: 'NEVER', expiresAt: null },
    { text: '2026-12-31', expiresAt: at('2026-12-31T00:00:00Z') },
    { text: '2026-12-31T18:00:00+02:00', expiresAt: at('2026-12-31T16:00:00Z') },
  ])('may have an end: $text', ({ text, expiresAt }) => {
    expect(read(`group,discord_id,expires_at\nPilots,${ANN},${text}\n`).rows).toEqual([{ ...ann, expiresAt }]);
  });

  it('is told by the line on which it begins', () => {
    const { bad } = read(`group,discord_id\n\n"two\nlines",${ANN}\nPilots,x\n`);
    expect(bad.map(({ place }) => place)).toEqual([3, 5]);
  });

  it('counts once, whatever the case of its group', () => {
    const { rows, bad } = read(`group,discord_id\nPilots,${ANN}\nPilots,${BOB}\nPILOTS,${ANN}\n`);
    expect(rows).toHaveLength(2);
    expect(bad).toEqual([{ place: 4, why: 'says the same member and group as line 2' }]);
  });
});

import { describe, expect, it } from 'vitest';
import { bothAgreed, isOfWhatWasShown, partByAgreement, type Agreement } from '../../src/core/agreement.ts';

const changes = ['add a', 'add b', 'remove a', 'remove b', 'remove b'].map((line, index) => {
  const [action, roleId = ''] = line.split(' ');
  return { action: action === 'add' ? ('add' as const) : ('remove' as const), roleId, discordId: String(index) };
});

const told = (all: readonly (typeof changes)[number][]) => all.map(({ action, roleId }) => `${action} ${roleId}`);

describe('what a person agreed to', () => {
  it.each<{ name: string; agreement: Agreement; agreed: string[]; others: string[] }>([
    { name: 'is all of it when he saw all of it', agreement: {}, agreed: told(changes), others: [] },
    {
      name: 'is what concerns the roles that he was shown',
      agreement: { roleIds: ['a'] },
      agreed: ['add a', 'remove a'],
      others: ['add b', 'remove b', 'remove b'],
    },
    { name: 'is all of it when no more removals came', agreement: { removals: 3 }, agreed: told(changes), others: [] },
    {
      name: 'is no removal when there are more than he saw',
      agreement: { removals: 2 },
      agreed: ['add a', 'add b'],
      others: ['remove a', 'remove b', 'remove b'],
    },
    {
      name: 'counts the removals of his roles only',
      agreement: { roleIds: ['a'], removals: 1 },
      agreed: ['add a', 'remove a'],
      others: ['add b', 'remove b', 'remove b'],
    },
    {
      name: 'is nothing of roles that he could not take by hand, and those do not count',
      agreement: { removals: 1, exceptRoleIds: ['b'] },
      agreed: ['add a', 'remove a'],
      others: ['add b', 'remove b', 'remove b'],
    },
    { name: 'is nothing of roles that are none of his', agreement: { roleIds: [] }, agreed: [], others: told(changes) },
  ])('$name', ({ agreement, agreed, others }) => {
    const parted = partByAgreement(changes, agreement);
    expect(told(parted.agreed)).toEqual(agreed);
    expect(told(parted.others)).toEqual(others);
  });
});

describe('two agreements together', () => {
  it.each<{ name: string; a: Agreement; b: Agreement; both: Agreement }>([
    {
      name: 'concern the roles of both',
      a: { roleIds: ['a', 'b'] },
      b: { roleIds: ['b', 'c'] },
      both: { roleIds: ['a', 'b', 'c'] },
    },
    { name: 'concern everything when one does', a: { roleIds: ['a'] }, b: {}, both: {} },
    { name: 'concern everything when the other does', a: {}, b: { roleIds: ['a'] }, both: {} },
    {
      name: 'leave out what either could not take by hand',
      a: { exceptRoleIds: ['a', 'b'] },
      b: { exceptRoleIds: ['b', 'c'] },
      both: { exceptRoleIds: ['a', 'b', 'c'] },
    },
    {
      name: 'leave it out of the roles that the other was shown',
      a: { roleIds: ['a'] },
      b: { exceptRoleIds: ['b'] },
      both: { exceptRoleIds: ['b'] },
    },
    { name: 'concern everything when one stands above all roles', a: { exceptRoleIds: ['a'] }, b: {}, both: {} },
    { name: 'allow the removals that somebody saw', a: { removals: 2 }, b: { removals: 5 }, both: { removals: 5 } },
    {
      name: 'allow what was counted where the other named roles',
      a: { roleIds: ['a'] },
      b: { removals: 2 },
      both: { removals: 2 },
    },
    {
      name: 'allow what was counted where the first counted',
      a: { removals: 2 },
      b: { roleIds: ['a'] },
      both: { removals: 2 },
    },
    { name: 'allow all removals when one does', a: { removals: 2 }, b: {}, both: {} },
  ])('$name', ({ a, b, both }) => {
    expect(bothAgreed(a, b)).toEqual(both);
  });
});

describe('an agreement', () => {
  it.each<{ name: string; agreement: Agreement; is: boolean }>([
    { name: 'to named roles is of what was shown', agreement: { roleIds: ['a'] }, is: true },
    { name: 'to counted removals is of what was shown', agreement: { removals: 0 }, is: true },
    { name: 'to everything is of whatever there is', agreement: {}, is: false },
    { name: 'to everything but some roles is too', agreement: { exceptRoleIds: ['a'] }, is: false },
  ])('$name', ({ agreement, is }) => {
    expect(isOfWhatWasShown(agreement)).toBe(is);
  });
});

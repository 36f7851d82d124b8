import { createRandom } from '../../sandbox/random.ts';

/** Seeded chance: the same seed rolls the same. */
export interface Dice {
  /** In [0, 1). */
  roll(): number;
  chance(probability: number): boolean;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
  /** Other dice, of their own: what they roll does not hang on how often these are rolled. */
  fork(salt: number): Dice;
}

export function createDice(seed: number): Dice {
  const roll = createRandom(Math.imul(seed + 1, 0x9e3779b1));
  // The first numbers of neighbouring seeds resemble each other.
  roll();
  const between = (low: number, high: number): number => low + Math.floor(roll() * (high - low + 1));
  return {
    roll,
    chance: (probability) => roll() < probability,
    between,
    pick(list) {
      const picked = list[between(0, list.length - 1)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
    fork: (salt) => createDice(Math.imul(seed ^ (salt * 0x85ebca6b), 0xc2b2ae35)),
  };
}

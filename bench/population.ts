/** How many of what a guild of the bench has. */
export interface Population {
  /** All members, the owner and the bot among them. */
  members: number;
  /** Members who are linked, spread evenly over the guild. */
  links: number;
  /** Groups, each mapped to a role of its own. */
  mappings: number;
}

/** Mapped roles that people gave by hand stay: so many members who are not linked share one of them. */
const FOREIGN_EVERY = 3;

/** Whether the member at this place is linked. */
export function isLinked(place: number, { members, links }: Population): boolean {
  const step = Math.floor((members - 2) / links);
  return place % step === 0 && place / step < links;
}

/** The groups of the member at this place, by their own places: one to three for who is linked. */
export function groupsOf(place: number, population: Population): number[] {
  if (!isLinked(place, population)) return [];
  const { mappings } = population;
  return Array.from({ length: 1 + (place % 3) }, (_, index) => (place * 7 + index * 5) % mappings);
}

/** The roles that he carries when the guild is as it should be, by their places; and some who are not linked carry one. */
export function rolesOf(place: number, population: Population): number[] {
  if (isLinked(place, population)) return groupsOf(place, population);
  return place % FOREIGN_EVERY === 0 ? [place % population.mappings] : [];
}

export const LONGEST_GROUP_NAME = 100;

/** Composed, without spaces around it, and with single ones inside: as the name is kept. */
export function tidyGroupName(name: string): string {
  return name.normalize('NFC').trim().replace(/ +/g, ' ');
}

/** Why no group can be called that, as a phrase that goes on from `name`; null: one can. */
export function validateGroupName(tidied: string): string | null {
  if (tidied === '') return `must have 1 to ${LONGEST_GROUP_NAME} characters`;
  if (tidied.length > LONGEST_GROUP_NAME) return `must have at most ${LONGEST_GROUP_NAME} characters`;
  // A list of groups is typed as `Pilots, Cadets`, and an empty one as `none`.
  if (tidied.includes(',') || tidied.toLowerCase() === 'none') return 'cannot hold a comma or be "none"';
  if (/^http:/i.test(tidied)) return 'cannot begin with http:, as the groups of another source do';
  // Control characters, and those that turn the direction of the text around, would make one name look like another.
  if (/[\p{Cc}\p{Cs}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u.test(tidied)) {
    return 'cannot hold invisible characters: type it with letters, digits and signs';
  }
  return null;
}

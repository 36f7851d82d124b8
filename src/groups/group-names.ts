import { AppError } from '../errors.ts';

const MAX_NAME = 100;
const MAX_DESCRIPTION = 500;

/** The name as it is kept. AppError invalid_input, with words for what is wrong. */
export function checkedName(name: string): string {
  const tidied = tidy(name);
  const complaint = complaintAbout(tidied);
  if (complaint !== null) throw new AppError('invalid_input', complaint);
  return tidied;
}

/** Why no group can be called that; null: one can. */
export function complaintAbout(tidied: string): string | null {
  if (tidied === '') return 'A group needs a name. Give it one of 1 to 100 characters.';
  if (tidied.length > MAX_NAME) return `This name is too long. Give the group one of at most ${MAX_NAME} characters.`;
  // A list of groups is typed as `Pilots, Cadets`, and an empty one as `none`.
  if (tidied.includes(',') || tidied.toLowerCase() === 'none')
    return 'A group\'s name cannot hold a comma or be "none".';
  if (/^http:/i.test(tidied)) return 'Groups of another source are called http:… already. Pick another name.';
  // Control characters, and those that turn the direction of the text around, would make one name look like another.
  if (/[\p{Cc}\p{Cs}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u.test(tidied))
    return 'This name holds invisible characters. Type it with letters, digits and signs.';
  return null;
}

export function checkedDescription(description: string | null): string | null {
  const trimmed = description?.trim() ?? '';
  if (trimmed.length > MAX_DESCRIPTION) {
    throw new AppError('invalid_input', `This description is too long. Cut it to ${MAX_DESCRIPTION} characters.`);
  }
  return trimmed === '' ? null : trimmed;
}

/** Composed, without spaces around it, and with single ones inside. */
export function tidy(name: string): string {
  return name.normalize('NFC').trim().replace(/ +/g, ' ');
}

export function groupNotFound(): AppError {
  return new AppError('group_not_found', 'There is no such group here.');
}

export function changedMeanwhile(): AppError {
  return new AppError('changed_meanwhile', 'Somebody else has changed this group meanwhile. Look at it again first.');
}

import { tidyGroupName, validateGroupName } from '../core/group-name.ts';
import { AppError } from '../errors.ts';

const MAX_DESCRIPTION = 500;

/** The name as it is kept. AppError invalid_input, with words for what is wrong. */
export function checkedName(name: string): string {
  const tidied = tidyGroupName(name);
  const complaint = validateGroupName(tidied);
  if (complaint !== null) throw new AppError('invalid_input', `A group's name ${complaint}.`);
  return tidied;
}

export function checkedDescription(description: string | null): string | null {
  const trimmed = description?.trim() ?? '';
  if (trimmed.length > MAX_DESCRIPTION) {
    throw new AppError('invalid_input', `This description is too long. Cut it to ${MAX_DESCRIPTION} characters.`);
  }
  return trimmed === '' ? null : trimmed;
}

/** @param named by id or name */
export function groupNotFound(named: string): AppError {
  return new AppError('group_not_found', `There is no group “${named}” here.`);
}

export function changedMeanwhile(): AppError {
  return new AppError('changed_meanwhile', 'Somebody else has changed this group meanwhile. Look at it again first.');
}

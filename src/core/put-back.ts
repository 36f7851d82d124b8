/** What somebody else changed while our list was on its way and the list wiped out. */
export interface LostEdits {
  /** Roles that somebody gave and our list took. */
  restore: string[];
  /** Roles that somebody took and our list gave again. */
  retake: string[];
}

type Roles = ReadonlySet<string>;

/**
 * A PATCH replaces a member's whole list of roles; this finds the edits of others that it overwrote.
 *
 * A state that shows none of our own changes was told before the PATCH, one that shows all of them after it. One that
 * shows some counts as before until the first state that shows all has come: then somebody has reverted one of them.
 * The last state from before says what others had done; a state from after that agrees with them already shows that
 * it needs no mending. Put the roles of the PATCH's own answer among the states.
 *
 * What states alone cannot tell, and is taken for the likelier: others who made all of our changes themselves before
 * the PATCH, or reverted all of them after it; which of two states from before is the later one when they arrive in
 * the wrong order; and a state that is older than `base` and comes late.
 * @param base the roles read before the PATCH
 * @param written the list that was sent
 * @param seen the roles as told since `base` was read, in the order of arrival
 * @param skip roles that nobody can write
 */
export function editsLost(base: Roles, written: Roles, seen: readonly Roles[], skip: Roles = new Set()): LostEdits {
  const { before, after } = sortStates(base, written, seen);
  const last = before.at(-1);
  if (!last) return { restore: [], retake: [] };
  const restore = [...last].filter(
    (id) => !base.has(id) && !written.has(id) && !after.some((state) => state.has(id)) && !skip.has(id),
  );
  const retake = [...base].filter(
    (id) => written.has(id) && !last.has(id) && after.every((state) => state.has(id)) && !skip.has(id),
  );
  return { restore, retake };
}

function sortStates(base: Roles, written: Roles, seen: readonly Roles[]): { before: Roles[]; after: Roles[] } {
  const changed = [...new Set([...base, ...written])].filter((id) => base.has(id) !== written.has(id));
  const before: Roles[] = [];
  const after: Roles[] = [];
  for (const state of seen) {
    const shown = changed.filter((id) => state.has(id) === written.has(id)).length;
    const isAfter = shown === changed.length || (shown > 0 && after.length > 0);
    (isAfter ? after : before).push(state);
  }
  return { before, after };
}

/** An object out of somebody else's JSON: nothing is known of its fields. */
export interface Json {
  [key: string]: unknown;
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

/** The value if it is an object (a list is one with the keys 0, 1, 2), else an empty one. */
export function objectOf(value: unknown): Json {
  return isJson(value) ? value : {};
}

/** The objects of a list; an empty list in the place of anything else. */
export function objectsOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** A value in words, for messages. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

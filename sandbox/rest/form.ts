import type { Json } from '../records.ts';
import { isSnowflake } from '../snowflakes.ts';
import { DiscordError } from './errors.ts';

export type Form = ReturnType<typeof createForm>;

interface Range {
  min?: number;
  max: number;
  isRequired?: boolean;
}

interface Leaf {
  _errors: { code: string; message: string }[];
}

/** Collects what is wrong with a body, by path (`embeds.0.title`), and refuses it at the end as Discord does. */
export function createForm() {
  const errors: Record<string, unknown> = {};
  let isFine = true;

  function fail(path: string, code: string, message: string): void {
    isFine = false;
    let node = errors;
    for (const key of path.split('.')) node = (node[key] ??= {}) as Record<string, unknown>;
    (node as unknown as Leaf)._errors ??= [];
    (node as unknown as Leaf)._errors.push({ code, message });
  }

  function required(path: string): void {
    fail(path, 'BASE_TYPE_REQUIRED', 'This field is required');
  }

  return {
    fail,
    required,

    /** A text within a length. Absent or null passes unless it is required. */
    text(path: string, value: unknown, { min = 0, max, isRequired = false }: Range): void {
      if (value === undefined || value === null) {
        if (isRequired) required(path);
        return;
      }
      if (typeof value !== 'string') {
        fail(path, 'STRING_TYPE_CONVERT', 'Could not interpret as string.');
        return;
      }
      const length = [...value].length;
      if (isRequired && length === 0) required(path);
      else if (length >= min && length <= max) return;
      else if (min > 0) fail(path, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`);
      else fail(path, 'BASE_TYPE_MAX_LENGTH', `Must be ${max} or fewer in length.`);
    },

    /** A list within a length; an empty one in the place of anything else. */
    list(path: string, value: unknown, { min = 0, max, isRequired = false }: Range): unknown[] {
      if (value === undefined || value === null) {
        if (isRequired) required(path);
        return [];
      }
      const items = Array.isArray(value) ? (value as unknown[]) : null;
      if (!items) fail(path, 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
      else if (items.length < min || items.length > max) {
        fail(path, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`);
      }
      return items ?? [];
    },

    /** A list of different ids. */
    ids(path: string, value: unknown, max: number): string[] {
      const seen = new Set<string>();
      for (const [index, id] of this.list(path, value, { max }).entries()) {
        const place = `${path}.${index}`;
        if (!isSnowflake(id)) fail(place, 'NUMBER_TYPE_COERCE', `Value "${String(id)}" is not snowflake.`);
        else if (seen.has(id)) fail(place, 'SET_TYPE_ALREADY_CONTAINS_VALUE', 'The set already contains this value');
        else seen.add(id);
      }
      return [...seen];
    },

    choice(path: string, value: unknown, allowed: readonly unknown[], isRequired = false): void {
      if (value === undefined || value === null) {
        if (isRequired) required(path);
      } else if (!allowed.includes(value)) {
        fail(path, 'BASE_TYPE_CHOICES', `Value must be one of (${allowed.map(String).join(', ')}).`);
      }
    },

    pattern(path: string, value: unknown, pattern: RegExp): void {
      if (typeof value !== 'string' || pattern.test(value)) return;
      fail(path, 'STRING_TYPE_REGEX', 'String value did not match validation regex.');
    },

    /** A permission bit set as text or number. */
    bits(path: string, value: unknown): bigint | null {
      if (value === undefined || value === null) return null;
      if (/^\d+$/.test(String(value))) return BigInt(String(value));
      fail(path, 'NUMBER_TYPE_COERCE', `Value "${String(value)}" is not int.`);
      return null;
    },

    /** Throws 50035 if anything was wrong. */
    finish(): void {
      if (!isFine) throw new DiscordError(400, 50035, 'Invalid Form Body', errors);
    },
  };
}

/** A value as an object, to look into what a body nests. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

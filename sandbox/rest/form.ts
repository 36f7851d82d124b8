import { shown } from '../json.ts';
import { isSnowflake } from '../snowflakes.ts';
import { DiscordError } from './errors.ts';

export type Form = ReturnType<typeof createForm>;

interface Range {
  min?: number;
  max: number;
  isRequired?: boolean;
}

interface Problem {
  code: string;
  message: string;
}

/** Collects what is wrong with a body, by path (`embeds.0.title`), and refuses it at the end as Discord does. */
export function createForm() {
  const problems: { path: string; problem: Problem }[] = [];

  function fail(path: string, code: string, message: string): void {
    problems.push({ path, problem: { code, message } });
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
      const length = Array.from(value).length;
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
      const items = Array.isArray(value) ? Array.from<unknown>(value) : null;
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
        if (!isSnowflake(id)) fail(place, 'NUMBER_TYPE_COERCE', `Value "${shown(id)}" is not snowflake.`);
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

    /** A colour as a number. */
    color(path: string, value: unknown): void {
      if (value === undefined || value === null) return;
      if (!Number.isInteger(value)) fail(path, 'NUMBER_TYPE_COERCE', `Value "${shown(value)}" is not int.`);
      else if (Number(value) < 0 || Number(value) > 0xff_ff_ff) {
        fail(path, 'NUMBER_TYPE_MAX', 'int value should be less than or equal to 16777215.');
      }
    },

    /** A permission bit set as text or number. */
    bits(path: string, value: unknown): bigint | null {
      if (value === undefined || value === null) return null;
      if (/^\d+$/.test(shown(value))) return BigInt(shown(value));
      fail(path, 'NUMBER_TYPE_COERCE', `Value "${shown(value)}" is not int.`);
      return null;
    },

    /** Throws 50035 if anything was wrong. */
    finish(): void {
      if (problems.length > 0) throw new DiscordError(400, 50035, 'Invalid Form Body', treeOf(problems));
    },
  };
}

/** The problems below their paths: `nick` -> `{ nick: { _errors: [...] } }`. */
function treeOf(problems: readonly { path: string; problem: Problem }[]): object {
  const root: Node = { children: new Map(), own: [] };
  for (const { path, problem } of problems) {
    let node = root;
    for (const key of path.split('.')) {
      const child = node.children.get(key) ?? { children: new Map(), own: [] };
      node.children.set(key, child);
      node = child;
    }
    node.own.push(problem);
  }
  return written(root);
}

interface Node {
  children: Map<string, Node>;
  own: Problem[];
}

function written({ children, own }: Node): object {
  const below = [...children].map(([key, node]) => [key, written(node)] as const);
  return { ...Object.fromEntries(below), ...(own.length > 0 && { _errors: own }) };
}

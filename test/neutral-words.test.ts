import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commands } from '../commands/index.ts';

const SERVICES = ['src/core', 'src/sync', 'src/groups'];
/** Where these words are, they are for people who type them. */
const SLASH = commands.map(({ data }) => data.name).filter((name) => /^[a-z]+$/.test(name));

function sentencesOf(folder: string): { file: string; line: string }[] {
  return readdirSync(folder).flatMap((name) => {
    const text = readFileSync(`${folder}/${name}`, 'utf8');
    const lines = text.split('\n').filter((line) => !/^\s*(\/?\*|\/\/|import |export .* from )/.test(line));
    return lines.map((line) => ({ file: `${folder}/${name}`, line: line.trim() }));
  });
}

const wrong = (pattern: RegExp) => SERVICES.flatMap(sentencesOf).filter(({ line }) => pattern.test(line));

describe('what the services say to people', () => {
  it('names no slash command: who asked over HTTP has none', () => {
    expect(wrong(new RegExp(`['"\`\\s(]/(${SLASH.join('|')})\\b(?! *[.*])`))).toEqual([]);
  });

  it('names no route: who asked in Discord has none', () => {
    expect(wrong(/\b(GET|POST|PUT|DELETE) \/|\/api\//)).toEqual([]);
  });
});

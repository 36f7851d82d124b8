import { ratioOf, type Row } from './figure.ts';

const HEADINGS = ['figure', 'goal', 'measured', 'best possible', 'ratio', 'met?'] as const;
const WIDEST_FIGURE = 76;

/** The rows as a table of text; what is counted stands below each line. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => ({ cells: cellsOf(row), note: row.note }));
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...lines.map(({ cells }) => (cells[column] ?? '').length)),
  );
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const body = lines.map(({ cells, note }) => `${lineOf(cells)}\n${wrapped(note)}`);
  return [lineOf(HEADINGS), rule, ...body].join('\n');
}

function cellsOf(row: Row): string[] {
  const ratio = ratioOf(row);
  const met = row.isMet === null ? '-' : row.isMet ? 'yes' : 'NO';
  return [
    row.what,
    row.goal ?? '-',
    amount(row.measured, row.unit),
    amount(row.best, row.unit),
    ratio === null ? '-' : `${ratio.toFixed(2)} x`,
    met,
  ];
}

function amount(value: number | null, unit: string): string {
  if (value === null) return '-';
  const digits = Number.isInteger(value) ? 0 : Math.abs(value) < 10 ? 2 : 1;
  const text = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '' ? text : `${text} ${unit}`;
}

function wrapped(note: string): string {
  const lines: string[] = [];
  for (const word of note.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDEST_FIGURE * 1.5)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `    ${line}`).join('\n');
}

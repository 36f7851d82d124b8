const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A piece of HTML that is safe to put into a page as it is. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Piece = string | number | Html | readonly Html[] | null;

/** Every value between the literal parts is escaped, except other pieces of Html. */
export function html(literals: TemplateStringsArray, ...values: Piece[]): Html {
  const parts = literals.map((literal, index) => literal + render(values[index] ?? null));
  return new Html(parts.join(''));
}

function render(value: Piece): string {
  if (value === null) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'object') return value.map(({ markup }) => markup).join('');
  return String(value).replaceAll(/[&<>"']/g, (char) => entities[char] ?? char);
}

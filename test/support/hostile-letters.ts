/** A letter of each kind that an address or a token may hold, or must not. */
const OTHERS = {
  'a small letter': 'q',
  'a capital': 'Q',
  'a digit': '7',
  'a hyphen': '-',
  'an underscore': '_',
  'a full stop': '.',
  'a plus': '+',
  'a slash': '/',
  'an equals sign': '=',
  'a tilde': '~',
  'a percent sign': '%',
  'a quotation mark': '"',
  'an apostrophe': "'",
  'a semicolon': ';',
  'a space': ' ',
  'a line break': '\n',
  'a NUL': '\0',
  'an accent': 'é',
  'a wide letter': 'Ａ',
  'an emoji': '😀',
};

/** The secret, altered in one place or as a whole; each altered one is another text. */
export function alteredSecrets(secret: string): { name: string; value: string }[] {
  const middle = Math.floor(secret.length / 2);
  const inPlace = Object.entries(OTHERS).map(([name, letter], index) => {
    const place = [0, middle, secret.length - 1][index % 3] ?? 0;
    const other = secret[place] === letter ? 'x' : letter;
    return { name: `${name} at ${place}`, value: secret.slice(0, place) + other + secret.slice(place + 1) };
  });
  const whole = {
    nothing: '',
    'cut short': secret.slice(0, -1),
    'without its first letter': secret.slice(1),
    'longer by one': `${secret}A`,
    'with a space before it': ` ${secret}`,
    'with a line break after it': `${secret}\n`,
    twice: secret + secret,
    backwards: secret.split('').reverse().join(''),
    'in capitals': secret.toUpperCase(),
    'in small letters': secret.toLowerCase(),
    'as base64 of itself': Buffer.from(secret).toString('base64'),
    'escaped twice': secret
      .split('')
      .map((letter) => `%${letter.charCodeAt(0).toString(16)}`)
      .join(''),
    'only A': 'A'.repeat(secret.length),
    'a wildcard': '%',
    'a piece of SQL': "' or '1'='1",
    'a prototype': '__proto__',
    undefined: 'undefined',
    null: 'null',
    'very long': 'A'.repeat(4000),
  };
  return [...inPlace, ...Object.entries(whole).map(([name, value]) => ({ name, value }))].filter(
    ({ value }) => value !== secret,
  );
}

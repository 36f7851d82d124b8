/** The route of a request without ids and tokens: `/guilds/:id/members/:id/roles/:id`. There are few of them. */
export function routeTemplate(url: string): string {
  const path = (URL.parse(url)?.pathname ?? url).replace(/^.*\/v\d+(?=\/)/, '');
  return path
    .split('/')
    .map((segment) => (segment === '' || WORD.test(segment) ? segment : /^\d+$/.test(segment) ? ':id' : ':token'))
    .join('/');
}

/** Discord's own words in paths: short, in small letters, with one digit at most (`oauth2`). */
const WORD = /^@?[a-z]{1,20}\d?([-_][a-z]{1,20}){0,2}$/;

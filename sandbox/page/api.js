import { find } from './dom.js';

/** Asks the control port; what goes wrong stands in the notice until the next success. */
export async function ask(method, path, body) {
  const init = { method, headers: {} };
  if (body !== undefined) {
    init.headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(body);
  }
  const response = await fetch(`/control${path}`, init);
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(answer?.error ?? `${method} ${path}: ${response.status}`);
  return answer;
}

/** For what a person clicked: errors become words on the page. */
export async function attempt(action) {
  try {
    const answer = await action();
    notice('');
    return answer;
  } catch (error) {
    notice(error.message);
    return null;
  }
}

export function notice(text) {
  find('notice').textContent = text;
}

/** Makes an element. Children are texts or elements, so nothing is ever read as HTML. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== 'string') element[name] = value;
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

export function find(id) {
  return document.getElementById(id);
}

/** Puts the children in, unless they would look the same: focus and scrolling stay where they are. */
export function show(container, ...children) {
  const next = make('div', {}, ...children);
  if (container.dataset.shown === next.innerHTML) return;
  container.dataset.shown = next.innerHTML;
  container.replaceChildren(...next.childNodes);
}

/** Fills a select and keeps what was chosen. */
export function fillSelect(select, choices) {
  const chosen = select.value;
  show(select, ...choices.map(([value, label]) => make('option', { value }, label)));
  if (choices.some(([value]) => value === chosen)) select.value = chosen;
}

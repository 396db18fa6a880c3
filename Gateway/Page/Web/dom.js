// Makes elements. Data becomes text nodes: nothing here parses HTML.

const SVG = 'http://www.w3.org/2000/svg';

// el('p', { class: 'note', onclick: … }, 'text', otherElement, null)
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

// User-given text, isolated: right-to-left letters and direction marks do not affect the text around it.
export const named = (text, attributes) => el('bdi', attributes, text);

// The same for plain text, such as a title.
export const isolated = text => `\u2068${text.replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, '')}\u2069`;

// Sets a text only if it changes, so that screen readers do not repeat it.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Hides or shows. What is hidden loses the focus; take() puts it elsewhere.
export function hide(element, isHidden, take) {
  if (isHidden && !element.hidden && element.contains(document.activeElement)) take();
  element.hidden = isHidden;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter(child => child != null));
  return element;
}

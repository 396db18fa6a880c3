// A paged list, newest first.

import { list } from './api.js';
import { el, say } from './dom.js';
import { t } from './language.js';
import { newestFirst, Refused } from './newest.js';
import { logInAgain, oneAtATime, problem } from './widgets.js';

// row: makes an element of a coupon and of the name whose coupons are listed. kind: 'sales' | 'offers'.
export function pages(kind, row, emptyText) {
  const items = el('ul', { class: kind }), fault = el('p', { class: 'result', role: 'alert' }), empty = el('p', { class: 'nothing', hidden: true }, emptyText);
  const more = el('button', { type: 'button', hidden: true, onclick: oneAtATime(() => [more], () => read(false)) }, t('list.more'));
  const element = el('div', {}, items, empty, fault, more);
  let pile = null, owner = '', asked = 0;

  // The answer that refused it, or null.
  async function read(isFirst) {
    const request = isFirst ? ++asked : asked;
    let part = { coupons: [], isMore: false }, refusal = null;
    try {
      part = await pile.next();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusal = error.answer;
    }
    // A newer request was made, or the view is gone.
    if (request !== asked || !element.isConnected) return null;
    if (refusal && refusal.status === 401 && refusal.errMsg !== 'Cannot check other customer.') {
      logInAgain();
      return null;
    }
    say(fault, refusal ? problem(refusal) : '');
    if (isFirst) items.replaceChildren();
    const rows = part.coupons.map(coupon => row(coupon, owner));
    items.append(...rows);
    empty.hidden = Boolean(refusal) || items.children.length > 0;
    const wasFocused = document.activeElement === more;
    more.hidden = refusal ? isFirst : !part.isMore;
    if (wasFocused && more.hidden && rows.length > 0) focusOn(rows[0]);
    return refusal;
  }

  return {
    element,
    // Reloads; the rows stay until the answer arrives.
    load(name) {
      owner = name;
      pile = newestFirst(page => list(name, page));
      return read(true);
    },
  };
}

function focusOn(row) {
  const target = row.querySelector('a, button') ?? row;
  if (target === row) row.setAttribute('tabindex', '-1');
  target.focus();
}

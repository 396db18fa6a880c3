// A list that is read page by page.

import { list, pageSize } from './api.js';
import { el, say } from './dom.js';
import { t } from './language.js';
import { logInAgain, problem } from './widgets.js';

// row: makes an element of a coupon and of the name whose coupons are listed. kind: 'sales' | 'offers'.
export function pages(kind, row, emptyText) {
  const items = el('ul', { class: kind }), fault = el('p', { class: 'result', role: 'alert' }), empty = el('p', { class: 'nothing', hidden: true }, emptyText);
  const more = el('button', { type: 'button', hidden: true, onclick: () => read(page + 1) }, t('list.more'));
  const element = el('div', {}, items, empty, fault, more);
  let page = 0, owner = '', asked = 0;

  async function read(wanted) {
    const request = ++asked;
    more.disabled = true;
    const answer = await list(owner, wanted);
    // Something else was asked for meanwhile, or nobody is here any more.
    if (request !== asked || !element.isConnected) return;
    more.disabled = false;
    if (answer.status === 401 && answer.errMsg !== 'Cannot check other customer.') return logInAgain();
    say(fault, answer.ok ? '' : problem(answer));
    if (wanted === 1) items.replaceChildren();
    if (answer.ok) page = wanted;
    items.append(...answer.coupons.map(coupon => row(coupon, owner)));
    empty.hidden = !answer.ok || items.children.length > 0;
    more.hidden = answer.ok ? answer.coupons.length < pageSize : wanted === 1;
  }

  return {
    element,
    load(name) {
      owner = name;
      read(1);
    },
  };
}

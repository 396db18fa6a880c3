// A customer's: look at a seller's coupons, claim, see one's own.

import { list, pageSize } from '../api.js';
import { el, say } from '../dom.js';
import { number, t } from '../language.js';
import { isCustomer, session } from '../session.js';
import { bar, claimer, field, heading, logInAgain, problem, salePath } from '../widgets.js';

export function market(main, wanted) {
  if (!isCustomer()) return logInAgain();
  const mine = pages(name => ownRow(name), t('market.nothing'));
  const theirs = pages((coupon, seller) => offer(coupon, seller, () => mine.load(session().name)), t('market.none'));
  const seller = field('seller', t('market.seller'), { required: true, autocomplete: 'off', value: wanted ?? '' });
  const search = el('form', { class: 'search', role: 'search', novalidate: true, onsubmit: look }, seller.element, el('button', { type: 'submit' }, t('market.look')));

  main.append(heading(t('market.title')),
    el('div', { class: 'columns' },
      el('section', { class: 'card', 'aria-labelledby': 'offers' }, el('h2', { id: 'offers' }, t('market.offers')), search, theirs.element),
      el('section', { class: 'card', 'aria-labelledby': 'mine' }, el('h2', { id: 'mine' }, t('market.own')), mine.element)));
  mine.load(session().name);
  if (wanted) theirs.load(wanted);

  function look(event) {
    event.preventDefault();
    if (!seller.check(seller.input.value ? null : t('error.required'))) return seller.input.focus();
    // In the address, so that the view can be come back to.
    history.replaceState(null, '', `#/market/${encodeURIComponent(seller.input.value)}`);
    theirs.load(seller.input.value);
  }
}

// A list that is read page by page.
function pages(row, emptyText) {
  const items = el('ul', { class: 'offers' }), fault = el('p', { class: 'result', role: 'alert' }), empty = el('p', { class: 'nothing', hidden: true }, emptyText);
  const more = el('button', { type: 'button', hidden: true, onclick: () => read(page + 1) }, t('list.more'));
  let page = 0, owner = '';

  async function read(wanted) {
    const answer = await list(owner, wanted);
    if (answer.status === 401 && answer.errMsg !== 'Cannot check other customer.') return logInAgain();
    say(fault, answer.ok ? '' : problem(answer));
    page = wanted;
    const rows = answer.coupons.map(coupon => row(coupon, owner));
    if (page === 1) items.replaceChildren(...rows);
    else items.append(...rows);
    empty.hidden = !answer.ok || items.children.length > 0;
    more.hidden = answer.coupons.length < pageSize;
  }

  return {
    element: el('div', {}, items, empty, fault, more),
    load(name) {
      owner = name;
      read(1);
    },
  };
}

function offer(coupon, seller, claimed) {
  const drain = bar();
  drain.show(coupon.left, coupon.amount);
  return el('li', { class: coupon.left === 0 ? 'gone' : null },
    el('a', { class: 'sale-name', href: salePath(seller, coupon.name) }, coupon.name),
    el('span', { class: 'seller' }, describe(coupon)),
    drain.element,
    el('span', { class: 'left' }, coupon.left === 0 ? t('sale.soldOut') : t('sale.leftOf', { left: number(coupon.left), amount: number(coupon.amount) })),
    claimer(seller, coupon.name, outcome => { if (outcome === 'claimed') claimed(); }).element);
}

const ownRow = coupon => el('li', {}, el('span', { class: 'sale-name' }, coupon.name), el('span', { class: 'seller' }, describe(coupon)));

const describe = coupon => [coupon.description, t('coupon.value', { n: number(coupon.stock) })].filter(Boolean).join(' · ');

// A customer's: look at a seller's coupons, claim, see one's own.

import { el } from '../dom.js';
import { number, t } from '../language.js';
import { pages } from '../pages.js';
import { session } from '../session.js';
import { bar, claimer, field, heading, isFor, salePath } from '../widgets.js';

export function market(main, wanted) {
  if (!isFor('customer', main)) return;
  const mine = pages('offers', ownRow, t('market.nothing'));
  const theirs = pages('offers', (coupon, seller) => offer(coupon, seller, () => mine.load(session().name)), t('market.none'));
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

function offer(coupon, seller, claimed) {
  const drain = bar();
  // A coupon whose stock cannot be verified comes without what is left.
  if (coupon.left !== undefined) drain.show(coupon.left, coupon.amount);
  return el('li', { class: coupon.left === 0 ? 'gone' : null },
    el('a', { class: 'sale-name', href: salePath(seller, coupon.name) }, coupon.name),
    el('span', { class: 'seller' }, describe(coupon)),
    drain.element,
    el('span', { class: 'left' }, coupon.left === undefined ? '' : coupon.left === 0 ? t('sale.soldOut') : t('sale.leftOf', { left: number(coupon.left), amount: number(coupon.amount) })),
    claimer(seller, coupon.name, outcome => { if (outcome === 'claimed') claimed(); }));
}

const ownRow = coupon => el('li', {}, el('span', { class: 'sale-name' }, coupon.name), el('span', { class: 'seller' }, describe(coupon)));

const describe = coupon => [coupon.description, t('coupon.value', { n: number(coupon.stock) })].filter(Boolean).join(' · ');

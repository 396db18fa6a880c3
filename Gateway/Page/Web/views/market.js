// A customer's: look at a seller's coupons, claim, see one's own.

import { busySellers } from '../api.js';
import { claimer } from '../claimer.js';
import { el, named } from '../dom.js';
import { t, tell } from '../language.js';
import { owned } from '../owned.js';
import { pages } from '../pages.js';
import { session } from '../session.js';
import { about, bar, card, field, heading, isFor, leftOf, receiptPath, salePath } from '../widgets.js';

const MAX_HINTS = 5;

export function market(main, wanted) {
  if (!isFor('customer', main)) return;
  const known = owned();
  const mine = pages('offers', ownRow, t('market.nothing'));
  const theirs = pages('offers', (coupon, seller) => offer(coupon, seller, known, () => mine.load(session().name)), t('market.none'));
  const seller = field('seller', t('kind.saler'), { required: true, autocomplete: 'off', list: 'sellers', value: wanted ?? '' });
  const busy = el('datalist', { id: 'sellers' }), hints = el('p', { class: 'hints', role: 'status' });
  const search = el('form', { class: 'search', role: 'search', novalidate: true, onsubmit: submit },
    seller.element, el('button', { type: 'submit' }, t('market.look')), busy);
  const sellers = busySellers();
  let asked = '';

  main.append(heading(t('market.title')),
    el('div', { class: 'columns' },
      card('offers', t('market.offers'), [search, theirs.element, hints]),
      card('mine', t('market.own'), mine.element)));
  mine.load(session().name);
  sellers.then(names => busy.append(...names.map(name => el('option', { value: name }))));
  if (wanted) look(wanted);

  function submit(event) {
    event.preventDefault();
    if (!seller.check(seller.input.value ? null : t('error.required'))) return seller.input.focus();
    look(seller.input.value);
  }

  async function look(name) {
    asked = name;
    // In the address, so that the view can be reopened.
    history.replaceState(null, '', `#/market/${encodeURIComponent(name)}`);
    hints.replaceChildren();
    const refusal = await theirs.load(name);
    if (refusal?.errMsg !== 'Record not found.') return;
    // Names must match exactly; typed ones often differ in case, spaces or length.
    const bare = name.trim();
    if (bare && bare !== name) return take(bare);
    const like = (await sellers).filter(one => one.toLowerCase().includes(bare.toLowerCase())).slice(0, MAX_HINTS);
    // A newer request was made.
    if (like.length === 0 || asked !== name) return;
    hints.append(t('market.meant'), ...like.map(one => el('button', { type: 'button', class: 'quiet', onclick: () => take(one) }, named(one))));
  }

  function take(name) {
    seller.input.value = name;
    seller.input.focus();
    return look(name);
  }
}

function offer(coupon, seller, known, claimed) {
  const units = bar();
  units.show(coupon.left, coupon.amount);
  return el('li', { class: coupon.left === 0 ? 'gone' : null },
    named(el('a', { href: salePath(seller, coupon.name) }, coupon.name), { class: 'sale-name' }),
    el('span', { class: 'seller' }, about(coupon)),
    units.element,
    el('span', { class: 'left' }, leftOf(coupon)),
    claimer(seller, coupon.name, known.has(seller, coupon.name), { done: ({ outcome }) => { if (outcome === 'claimed') claimed(); } }).element);
}

const ownRow = coupon => el('li', {},
  named(el('a', { href: salePath(coupon.seller, coupon.name) }, coupon.name), { class: 'sale-name' }),
  el('span', { class: 'seller' }, tell('sale.by', { seller: named(coupon.seller) }), ' · ', about(coupon)),
  el('a', { class: 'button', href: receiptPath(coupon.seller, coupon.name), 'aria-label': t('receipt.openLabel', { coupon: coupon.name }) }, t('receipt.open')));

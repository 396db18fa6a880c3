// What a customer can do at a sale: claim, and where the coupon has it, give the unit back, or wait in line.

import { claimer } from '../claimer.js';
import { el, hide } from '../dom.js';
import { t } from '../language.js';
import { owned } from '../owned.js';
import { receiptPath } from '../widgets.js';
import { giveBack } from './giveback.js';
import { lineOf } from './line.js';

export function customer(seller, coupon) {
  const desk = { tell: (...words) => claim.tell(...words), stand: face => claim.stand(face), reopen: text => claim.reopen(text), take: () => claim.focus() };
  const back = giveBack(seller, coupon, { ...desk, done: () => claim.stand('returned') });
  const unit = el('div', { class: 'unit', hidden: true }, el('a', { class: 'button', href: receiptPath(seller, coupon) }, t('receipt.open')), back.element);
  const line = lineOf(seller, coupon, desk);
  let isOwned = false, takesReturns = false, isLoaded = false;

  const claim = claimer(seller, coupon, owned().has(seller, coupon), {
    done: ({ outcome, place }) => { if (outcome === 'waiting' && place > 0) line.hear(place); },
    turned(face) {
      isOwned = face === 'owned';
      hide(unit, !isOwned, desk.take);
      line.turn(face);
      load();
    },
  });

  // Coupons that take no returns are not asked.
  function load() {
    if (!isOwned || !takesReturns || isLoaded) return;
    isLoaded = true;
    back.load();
  }

  return {
    element: el('div', { class: 'customer' }, claim.element, unit, line.element),
    see(reading) {
      takesReturns = reading.returned != null;
      claim.see(reading);
      line.see(reading);
      load();
    },
    lose: claim.lose,
    wake() {
      claim.wake();
      line.wake();
    },
  };
}

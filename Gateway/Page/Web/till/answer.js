// The till's answer: one large word, by colour and symbol too, and what belongs to it.

import { el, named } from '../dom.js';
import { moment, number, t, tell } from '../language.js';

const SYMBOLS = new Map([['won', '✓'], ['kept', '…'], ['asking', '…'], ['undone', '↩']]);

export function answerBox() {
  const symbol = el('span', { class: 'symbol', 'aria-hidden': 'true' }), word = el('strong', { id: 'till-word' }), more = el('p', { id: 'till-more' });
  const element = el('div', { class: 'till-answer', role: 'status', 'aria-live': 'assertive', 'aria-atomic': 'true' }, symbol, el('div', {}, word, more));
  return {
    element,
    // outcome: won, again, returned, too-late, undone, unknown, mistyped, kept, full, asking, trouble. details: texts and elements.
    show(outcome, details = []) {
      element.dataset.outcome = outcome;
      symbol.textContent = SYMBOLS.get(outcome) ?? '✕';
      word.textContent = t(`till.${outcome}`);
      more.replaceChildren(...details);
    },
  };
}

// What belongs to a redemption that succeeded, and to one that was too late.
export const unit = ({ coupon, customer, stock }) => tell('till.unit', { coupon: named(coupon), customer: named(customer), stock: number(stock) });
export const before = ({ redeemedAt, device }) => (redeemedAt ? tell('till.before', { time: moment(redeemedAt), device: named(device ?? '') }) : []);

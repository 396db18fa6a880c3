// What may become of a unit after its claim, as sellers enter it and read it: returns, a line, until when it is used.

import { el } from '../dom.js';
import { moment, number, t } from '../language.js';
import { timeOf } from '../times.js';
import { field, whole } from '../widgets.js';

const MAX_WAITLIST = 1_000_000;

export function chanceFields() {
  const time = name => field(name, t(`coupon.${name}`), { type: 'datetime-local', step: '1', 'aria-describedby': `${name}-fault zone` });
  const returns = el('input', { type: 'checkbox', id: 'returns', name: 'returns' });
  const [returnUntil, redeemUntil] = ['returnUntil', 'redeemUntil'].map(time);
  const waitlist = field('waitlist', t('coupon.waitlist'), { inputmode: 'numeric', autocomplete: 'off' }, t('coupon.waitlistHint'));

  const wrongTime = (until, starts) => (until.input.validity.badInput ? t('error.time') : timeOf(until) <= timeOf(starts) ? t('error.untilBeforeStart') : null);

  return {
    returnUntil, redeemUntil, waitlist,
    element: el('fieldset', {}, el('legend', {}, t('coupon.chances')),
      el('label', { class: 'choice' }, returns, el('span', {}, t('coupon.returns'))), returnUntil.element, waitlist.element, redeemUntil.element),
    // True if valid.
    check: starts => [
      returnUntil.check(wrongTime(returnUntil, starts) ?? (returnUntil.input.value && !returns.checked ? t('error.untilWithoutReturns') : null)),
      waitlist.check(waitlist.input.value ? whole(waitlist.input.value, 0, MAX_WAITLIST) : null),
      redeemUntil.check(wrongTime(redeemUntil, starts)),
    ].every(Boolean),
    // Terms of a new coupon; undefined for what it does not have.
    values: () => ({
      returns: returns.checked ? 'once' : undefined,
      returnUntil: timeOf(returnUntil),
      waitlist: waitlist.input.value ? Number(waitlist.input.value) : undefined,
      redeemUntil: timeOf(redeemUntil),
    }),
  };
}

// The same of a coupon, in words; empty for one that has none of it.
export function chancesOf({ returns, returnUntil, waitlist, redeemUntil }) {
  return [
    returns ? t(returnUntil ? 'terms.returnUntil' : 'terms.returns', { time: returnUntil && moment(returnUntil) }) : null,
    waitlist ? t('terms.waitlist', { n: number(waitlist) }) : null,
    redeemUntil ? t('terms.redeemUntil', { time: moment(redeemUntil) }) : null,
  ].filter(Boolean).join(' ');
}

// A customer's receipt of a unit: the code, and the same as a QR code for a till that scans.

import { receipt as read } from '../api.js';
import { giveBack } from '../chances/giveback.js';
import { el, hide, named, say, svg } from '../dom.js';
import { moment, t, tell } from '../language.js';
import { grouped } from '../till/code.js';
import { about, card, heading, isFor, logInAgain, oneAtATime, problem, salePath } from '../widgets.js';

export function receipt(main, seller, coupon) {
  if (!isFor('customer', main)) return;
  const place = el('div', { class: 'receipt', 'aria-live': 'polite' });
  const again = el('button', { type: 'button', onclick: oneAtATime(() => [again], load) }, t('receipt.again'));
  const result = el('p', { class: 'result', role: 'status' });
  const back = giveBack(seller, coupon, { tell: show, take: () => again.focus(), done: load });
  main.append(heading(named(coupon)), card('receipt', t('receipt.title'), [place, el('div', { class: 'receipt-foot' }, again, back.element, result)]),
    el('p', {}, el('a', { href: '#/market' }, t('market.own')), ' · ', el('a', { href: salePath(seller, coupon) }, t('shop.watch'))));
  load();

  function show(outcome, text) {
    result.dataset.outcome = outcome;
    say(result, text);
  }

  async function load() {
    const answer = await read(seller, coupon);
    if (!place.isConnected) return;
    if (answer.status === 401) return logInAgain();
    if (!answer.ok) return place.replaceChildren(el('p', { class: 'result' }, refusal(answer)));
    const { code, stock, redeemUntil, redeemedAt } = answer.body.data;
    if (redeemedAt) hide(back.element, true, () => again.focus());
    else back.load();
    place.replaceChildren(
      redeemedAt ? el('p', { class: 'used' }, t('receipt.used', { time: moment(redeemedAt) })) : await picture(code).catch(() => ''),
      el('p', { class: 'code', id: 'receipt-code' }, grouped(code)),
      el('p', { class: 'hint' }, ...tell('sale.by', { seller: named(seller) }), ' · ', ...about({ stock }),
        redeemUntil ? [' · ', t('receipt.until', { time: moment(redeemUntil) })] : []),
      el('p', { class: 'hint' }, t('receipt.keep')));
  }
}

const REFUSALS = new Map([['No such coupon.', 'claim.no-such-coupon'], ['You own no unit of this coupon.', 'receipt.none'], ['The unit was given back.', 'receipt.returned']]);

const refusal = answer => (REFUSALS.has(answer.errMsg) ? t(REFUSALS.get(answer.errMsg)) : problem(answer));

// Dark on light whatever the theme: many scanners read nothing else. With the quiet zone of four modules that the standard asks for.
async function picture(code) {
  const { encodeQR } = await import('../vendor/qr.js');
  const QUIET = 4, rows = encodeQR(code, 'raw', { ecc: 'quartile', border: QUIET });
  const dark = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return svg('svg', { class: 'qr', viewBox: `0 0 ${rows.length} ${rows.length}`, role: 'img', 'aria-label': t('receipt.qr', { code: grouped(code) }), 'shape-rendering': 'crispEdges' },
    svg('rect', { class: 'light', width: rows.length, height: rows.length }), svg('path', { class: 'dark', d: dark }));
}

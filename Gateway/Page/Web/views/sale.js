// One sale, live: units left, outcomes, and the claim button.

import { livePath } from '../api.js';
import { claimer } from '../claimer.js';
import { el, isolated, named, say } from '../dom.js';
import { count, number, t, tell } from '../language.js';
import { watch } from '../live.js';
import { owned } from '../owned.js';
import { isCustomer, isSeller, session } from '../session.js';
import { about, bar, connection, counters, figure, heading, tile, tiles } from '../widgets.js';

export function sale(main, seller, coupon) {
  const state = connection(), claims = counters(), units = bar(true);
  const left = el('span', { class: 'units', id: 'left' }, '–'), of = el('span', { class: 'of' });
  const lag = tile(t('tile.lag'), 'lag'), queued = tile(t('tile.queued')), silos = tile(t('tile.silos'), 'silos');
  // Server state is not shown to customers.
  const inside = isSeller() ? [lag, queued, silos] : [];
  const terms = el('p', { class: 'terms' });
  let isTold = false;
  const gone = el('p', { class: 'nothing', hidden: true }, t('sale.gone'));
  const hero = el('section', { class: 'card hero', 'aria-label': t('sale.stock') },
    el('div', { class: 'stock' }, el('p', { class: 'count' }, left, ' ', of), units.element),
    action(seller, coupon));
  const details = el('div', { class: 'details' },
    hero,
    tiles([claims.won, claims.refused, claims.rate, ...inside]),
    claims.chart);

  main.append(
    el('div', { class: 'title' },
      el('div', { class: 'names' }, heading(named(coupon)), el('p', { class: 'seller' }, tell('sale.by', { seller: named(seller) })), terms), state.element),
    gone, details);

  const stop = watch(livePath(seller, coupon), {
    state(name) {
      state.show(name);
      gone.hidden = name !== 'gone';
      details.hidden = name === 'gone';
      if (name === 'live') return;
      claims.pause();
      document.title = isolated(coupon);
    },
    reading(reading) {
      // They never change.
      if (!isTold) terms.append(...about(reading).flat());
      isTold = true;
      const rest = reading.soldOut ? t('outcome.soldOut') : number(reading.left);
      figure(left, rest);
      say(of, count(reading.soldOut ? 'sale.allOf' : 'sale.of', reading.amount, { amount: number(reading.amount) }));
      hero.classList.toggle('gone', reading.soldOut);
      units.show(reading.left, reading.amount);
      // The number of wins is exact; the other counts are the gateways' reports.
      claims.show({ ...reading, claims: { ...reading.claims, claimed: reading.won } });
      lag.show(t('seconds', { n: number(reading.drainLag, 1) }));
      queued.show(number(reading.queued));
      silos.show(number(reading.silos));
      document.title = `${rest} · ${isolated(coupon)}`;
    },
  });

  return () => {
    stop();
    claims.stop();
  };
}

function action(seller, coupon) {
  const who = session();
  if (isCustomer()) return claimer(seller, coupon, owned().has(seller, coupon));
  return el('div', { class: 'claimer' },
    who
      ? el('p', { class: 'hint' }, who.name === seller ? t('sale.own') : t('sale.sellersDoNot'))
      : [el('a', { class: 'button primary', href: `#/login/${encodeURIComponent(location.hash)}` }, t('sale.login')), el('p', { class: 'hint' }, t('sale.watchFree'))]);
}

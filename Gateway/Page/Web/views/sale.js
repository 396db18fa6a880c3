// One sale, live: units left, outcomes, and the claim button.

import { livePath } from '../api.js';
import { chart } from '../chart.js';
import { el, isolated, named, say } from '../dom.js';
import { count, number, t, tell } from '../language.js';
import { watch } from '../live.js';
import { sum } from '../outcomes.js';
import { owned } from '../owned.js';
import { isCustomer, isSeller, session } from '../session.js';
import { about, bar, claimer, connection, figure, heading, tile } from '../widgets.js';

export function sale(main, seller, coupon) {
  const state = connection();
  const left = el('span', { class: 'pieces', id: 'left' }, '–'), of = el('span', { class: 'of' });
  const drain = bar(true), rates = chart();
  const won = tile(t('tile.won'), { id: 'won' }), refused = tile(t('tile.refused'), { id: 'refused' }), now = tile(t('tile.rate'));
  const lag = tile(t('tile.lag'), { id: 'lag' }), queued = tile(t('tile.queued')), silos = tile(t('tile.silos'), { id: 'silos' });
  // Server state is not shown to customers.
  const inside = isSeller() ? [lag, queued, silos] : [];
  const terms = el('p', { class: 'terms' });
  let isTold = false;
  const gone = el('p', { class: 'nothing', hidden: true }, t('sale.gone'));
  const hero = el('section', { class: 'card hero', 'aria-label': t('sale.stock') },
    el('div', { class: 'stock' }, el('p', { class: 'count' }, left, ' ', of), drain.element),
    action(seller, coupon));
  const rest = el('div', { class: 'rest-of-sale' },
    hero,
    el('dl', { class: 'tiles' }, [won, refused, now, ...inside].map(one => one.element)),
    el('section', { class: 'card', 'aria-labelledby': 'rates' }, el('h2', { id: 'rates' }, t('chart.title')), rates.element));

  main.append(
    el('div', { class: 'title' },
      el('div', { class: 'names' }, heading(named(coupon)), el('p', { class: 'seller' }, tell('sale.by', { seller: named(seller) })), terms), state.element),
    gone, rest);

  const stop = watch(livePath(seller, coupon), {
    state(name) {
      state.show(name);
      gone.hidden = name !== 'gone';
      rest.hidden = name === 'gone';
      if (name === 'live') return;
      rates.show(null, null);
      document.title = isolated(coupon);
    },
    reading(reading) {
      // They never change.
      if (!isTold) terms.append(...about(reading).flat());
      isTold = true;
      figure(left, reading.soldOut ? t('sale.soldOut') : number(reading.left));
      say(of, count(reading.soldOut ? 'sale.allOf' : 'sale.of', reading.amount, { amount: number(reading.amount) }));
      hero.classList.toggle('gone', reading.soldOut);
      drain.show(reading.left, reading.amount);
      won.show(number(reading.won));
      refused.show(number(reading.claims.soldOut + reading.claims.alreadyClaimed));
      now.show(reading.perSecond ? number(sum(reading.perSecond)) : '–');
      lag.show(t('seconds', { n: number(reading.drainLag, 1) }));
      queued.show(number(reading.queued));
      silos.show(number(reading.silos));
      // The number of wins is exact; the other counts are the gateways' reports.
      rates.show(reading.perSecond ?? null, { ...reading.claims, claimed: reading.won });
      document.title = `${reading.soldOut ? t('sale.soldOut') : number(reading.left)} · ${isolated(coupon)}`;
    },
  });

  return () => {
    stop();
    rates.stop();
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

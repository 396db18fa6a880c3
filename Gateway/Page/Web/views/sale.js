// One sale, live: units left, outcomes, and the claim button.

import { livePath } from '../api.js';
import { changesOf } from '../changes/card.js';
import { customer } from '../chances/customer.js';
import { countdown } from '../countdown.js';
import { el, isolated, named, say } from '../dom.js';
import { count, moment, number, t, tell } from '../language.js';
import { watch } from '../live.js';
import { reportOf } from '../report.js';
import { isCustomer, isSeller, session } from '../session.js';
import { about, bar, closed, connection, counters, figure, heading, inLine, tile, tiles } from '../widgets.js';

export function sale(main, seller, coupon) {
  const state = connection(), claims = counters(), units = bar(true);
  const left = el('span', { class: 'units', id: 'left' }, '–'), of = el('span', { class: 'of' });
  const lag = tile(t('tile.lag'), 'lag'), queued = tile(t('tile.queued')), silos = tile(t('tile.silos'), 'silos');
  // Server state is not shown to customers.
  const inside = isSeller() ? [lag, queued, silos] : [];
  const terms = el('p', { class: 'terms' }), hours = el('p', { class: 'seller', id: 'window', hidden: true });
  const condition = el('p', { class: 'condition', id: 'state' });
  const claim = action(seller, coupon);
  let isTold = false;
  const gone = el('p', { class: 'nothing', hidden: true }, t('sale.gone'));
  const hero = el('section', { class: 'card hero', 'aria-label': t('sale.stock') },
    el('div', { class: 'stock' }, el('p', { class: 'count' }, left, ' ', of), units.element),
    claim.element);
  const isOwn = isSeller() && session().name === seller;
  const counted = isOwn ? reportOf(coupon) : null, changes = isOwn ? changesOf(coupon, counted.load) : null;
  const details = el('div', { class: 'details' },
    hero,
    changes?.element,
    tiles([claims.won, claims.refused, claims.rate, ...inside]),
    claims.chart,
    counted?.element);

  main.append(
    el('div', { class: 'title' },
      el('div', { class: 'names' }, heading(named(coupon)), el('p', { class: 'seller' }, tell('sale.by', { seller: named(seller) })), terms, hours, condition), state.element),
    gone, details);
  changes?.load();
  counted?.load();

  const stop = watch(livePath(seller, coupon), {
    state(name) {
      state.show(name);
      if (name !== 'live') claim.lose?.();
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
      claim.see(reading);
      changes?.see(reading);
      hours.hidden = !reading.startsAt && !reading.endsAt;
      say(hours, windowOf(reading));
      const isClosed = closed.includes(reading.state);
      condition.dataset.state = reading.state;
      // Its seller reads it beside the switch.
      say(condition, isClosed && !isOwn ? t(`state.${reading.state}`) : '');
      hero.classList.toggle('closed', isClosed);
      const rest = reading.soldOut ? t('outcome.soldOut') : number(reading.left);
      figure(left, rest);
      say(of, count(reading.soldOut ? 'sale.allOf' : 'sale.of', reading.amount, { amount: number(reading.amount) }) + inLine(reading));
      hero.classList.toggle('gone', reading.soldOut);
      // What is left is theirs who wait.
      units.show(reading.soldOut ? 0 : reading.left, reading.amount);
      // The number of wins is exact; the other counts are the gateways' reports.
      claims.show({ ...reading, claims: { ...reading.claims, claimed: reading.won } });
      lag.show(t('seconds', { n: number(reading.drainLag, 1) }));
      queued.show(number(reading.queued));
      silos.show(number(reading.silos));
      document.title = `${rest} · ${isolated(coupon)}`;
    },
  });

  document.addEventListener('visibilitychange', claim.wake);
  return () => {
    document.removeEventListener('visibilitychange', claim.wake);
    stop();
    claims.stop();
  };
}

function action(seller, coupon) {
  const who = session();
  if (isCustomer()) return customer(seller, coupon);
  const start = countdown(() => {});
  const element = el('div', { class: 'claimer' },
    who
      ? el('p', { class: 'hint' }, who.name === seller ? t('sale.own') : t('sale.sellersDoNot'))
      : [el('a', { class: 'button primary', href: `#/login/${encodeURIComponent(location.hash)}` }, t('sale.login')), el('p', { class: 'hint' }, t('sale.watchFree'))],
    start.element);
  return { element, see: reading => (reading.state === 'scheduled' ? start.from(reading.startsIn) : start.end()), wake: start.tick };
}

// When it begins and ends, in the reader's own time of day.
function windowOf({ state, startsAt, endsAt }) {
  const parts = [
    startsAt ? t(state === 'scheduled' ? 'sale.starts' : 'sale.started', { time: moment(startsAt) }) : null,
    endsAt ? t(state === 'ended' ? 'sale.ended' : 'sale.ends', { time: moment(endsAt) }) : null,
  ];
  return parts.filter(Boolean).join(' · ');
}

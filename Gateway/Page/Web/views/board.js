// The busiest sales, with claims a second.

import { chart } from '../chart.js';
import { el, named, say } from '../dom.js';
import { count, moment, number, t, tell } from '../language.js';
import { watch } from '../live.js';
import { sum } from '../outcomes.js';
import { isSeller, session } from '../session.js';
import { bar, connection, heading, leftOf, salePath, tile } from '../widgets.js';

export function board(main) {
  const state = connection();
  const now = tile(t('board.rate'), { id: 'rate' }), won = tile(t('board.won')), refused = tile(t('board.refused')), silos = tile(t('tile.silos'));
  const since = el('p', { class: 'hint since' }), rates = chart();
  const list = el('ul', { class: 'sales' });
  const nothing = el('p', { class: 'nothing', hidden: true }, t('board.nothing'), ' ',
    isSeller() ? el('a', { href: '#/shop' }, t('board.create')) : el('a', { href: '#/login' }, t('board.login')));
  const rows = new Map();

  main.append(
    el('div', { class: 'title' }, heading(t('board.title')), state.element),
    session() ? '' : el('p', { class: 'lead' }, t('board.lead')),
    el('dl', { class: 'tiles' }, [now, won, refused, isSeller() ? silos : null].map(one => one && one.element)),
    since,
    el('div', { class: 'columns' },
      el('section', { class: 'card', 'aria-labelledby': 'busiest' }, el('h2', { id: 'busiest' }, t('board.busiest')), list, nothing),
      el('section', { class: 'card', 'aria-labelledby': 'rates' }, el('h2', { id: 'rates' }, t('chart.title')), rates.element)));

  const stop = watch('/api/live', {
    state(name) {
      state.show(name);
      if (name !== 'live') rates.show(null, null);
    },
    reading(reading) {
      now.show(reading.perSecond ? number(sum(reading.perSecond)) : '–');
      won.show(number(reading.claims.claimed));
      refused.show(number(reading.claims.soldOut + reading.claims.alreadyClaimed));
      silos.show(number(reading.silos));
      rates.show(reading.perSecond ?? null, reading.claims);
      say(since, reading.since ? t('board.since', { time: moment(reading.since) }) : '');
      nothing.hidden = reading.sales.length > 0;
      place(reading.sales);
    },
  });

  // Rows keep their element while their sale is on the board, so that links stay clickable. While a row has the keyboard
  // focus, rows are not reordered (that would lose the focus): new ones are appended.
  function place(sales) {
    const isFocused = list.contains(document.activeElement);
    const keys = sales.map(sale => salePath(sale.seller, sale.name));
    for (const [key, row] of rows) {
      if (keys.includes(key)) continue;
      row.element.remove();
      rows.delete(key);
    }
    sales.forEach((sale, i) => {
      const row = rows.get(keys[i]) ?? saleRow(sale, keys[i]);
      rows.set(keys[i], row);
      row.show(sale);
      const next = isFocused ? null : list.children[i] ?? null;
      if (isFocused ? !row.element.isConnected : next !== row.element) list.insertBefore(row.element, next);
    });
  }

  return () => {
    stop();
    rates.stop();
  };
}

function saleRow(sale, path) {
  const left = el('span', { class: 'left' }), rate = el('span', { class: 'rate' }), drain = bar();
  const element = el('li', {}, el('a', { href: path },
    named(sale.name, { class: 'sale-name' }), el('span', { class: 'seller' }, tell('sale.by', { seller: named(sale.seller) })),
    rate, drain.element, left));
  return {
    element,
    show({ left: pieces, amount, soldOut, perSecond }) {
      const claims = perSecond && Math.round(sum(perSecond));
      drain.show(pieces, amount);
      element.classList.toggle('gone', soldOut);
      say(left, leftOf({ left: pieces, amount }));
      say(rate, perSecond ? count('sale.rate', claims, { n: number(claims) }) : '');
    },
  };
}

// The busiest sales, with claims a second.

import { el, named, say } from '../dom.js';
import { count, moment, number, t, tell } from '../language.js';
import { watch } from '../live.js';
import { sum } from '../outcomes.js';
import { isSeller, session } from '../session.js';
import { bar, card, closed, connection, counters, heading, inLine, leftOf, salePath, tile, tiles } from '../widgets.js';

export function board(main) {
  const state = connection(), claims = counters(), silos = tile(t('tile.silos'));
  const since = el('p', { class: 'hint since' });
  const list = el('ul', { class: 'sales' });
  const nothing = el('p', { class: 'nothing', hidden: true }, t('board.nothing'), ' ',
    isSeller() ? el('a', { href: '#/shop' }, t('board.create')) : el('a', { href: '#/login' }, t('board.login')));
  const rows = new Map();

  main.append(
    el('div', { class: 'title' }, heading(t('board.title')), state.element),
    session() ? '' : el('p', { class: 'lead' }, t('board.lead')),
    tiles([claims.rate, claims.won, claims.refused, ...(isSeller() ? [silos] : [])]),
    since,
    el('div', { class: 'columns' },
      card('busiest', t('board.busiest'), [list, nothing]),
      claims.chart));

  const stop = watch('/api/live', {
    state(name) {
      state.show(name);
      if (name !== 'live') claims.pause();
    },
    reading(reading) {
      claims.show(reading);
      silos.show(number(reading.silos));
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
    claims.stop();
  };
}

function saleRow(sale, path) {
  const left = el('span', { class: 'left' }), rate = el('span', { class: 'rate' }), units = bar();
  const element = el('li', {}, el('a', { href: path },
    named(sale.name, { class: 'sale-name' }), el('span', { class: 'seller' }, tell('sale.by', { seller: named(sale.seller) })),
    rate, units.element, left));
  return {
    element,
    show(now) {
      const claims = now.perSecond && Math.round(sum(now.perSecond));
      units.show(now.soldOut ? 0 : now.left, now.amount);
      element.classList.toggle('gone', now.soldOut);
      say(left, leftOf(now) + inLine(now));
      say(rate, closed.includes(now.state) ? t(`state.${now.state}`) : now.perSecond ? count('sale.rate', claims, { n: number(claims) }) : '');
    },
  };
}

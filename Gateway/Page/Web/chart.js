// Claims a second by outcome, over the last 90 s: a stack a second. The table beside it is the accessible text.

import { el, say, svg } from './dom.js';
import { number, t } from './language.js';
import { none, outcomes, sum } from './outcomes.js';

const SECONDS = 90;
const HEIGHT = 220, LEFT = 52, BOTTOM = 24, TOP = 10;
const FLOOR = HEIGHT - BOTTOM;

export function chart() {
  const stacks = Array.from({ length: SECONDS }, () => null);
  const bars = svg('g'), grid = svg('g', { class: 'grid' });
  const figure = svg('svg', { height: HEIGHT, class: 'chart', role: 'img', 'aria-label': t('chart.label') }, grid, bars);
  const table = legend();
  let latest = null, since = performance.now(), width = 600;

  // Drawn at the element's actual width, so that text has the same size on any screen.
  const size = new ResizeObserver(([entry]) => {
    width = entry.contentRect.width;
    draw();
  });
  size.observe(figure);

  const timer = setInterval(() => {
    // Browsers throttle timers of hidden tabs.
    const seconds = Math.floor((performance.now() - since) / 1000);
    if (seconds < 1) return;
    since += seconds * 1000;
    for (let i = 0; i < Math.min(seconds, SECONDS); i++) stacks.push(latest);
    stacks.splice(0, stacks.length - SECONDS);
    draw();
  }, 250);

  function draw() {
    const top = niceAbove(Math.max(...stacks.map(rates => (rates ? sum(rates) : 0))));
    const y = value => FLOOR - (value / top) * (FLOOR - TOP);
    const step = (width - LEFT) / SECONDS, gap = step > 5 ? 1 : 0.25;
    grid.replaceChildren(
      ...[0, top / 2, top].flatMap(value => [
        svg('line', { x1: LEFT, x2: width, y1: y(value), y2: y(value) }),
        svg('text', { x: LEFT - 8, y: y(value) + 4, 'text-anchor': 'end' }, number(value, 1)),
      ]),
      svg('text', { x: LEFT, y: HEIGHT - 4 }, t('chart.ago', { n: number(SECONDS) })),
      svg('text', { x: width, y: HEIGHT - 4, 'text-anchor': 'end' }, t('chart.now')));
    bars.replaceChildren(...stacks.flatMap((rates, i) => {
      let under = 0;
      return rates ? outcomes.filter(outcome => rates[outcome] > 0).map(outcome => {
        const [from, to] = [under, under += rates[outcome]];
        return svg('rect', {
          class: outcome, x: LEFT + i * step + gap, width: step - 2 * gap, y: y(to), height: Math.max(1, y(from) - y(to)),
        });
      }) : [];
    }));
  }

  return {
    element: el('figure', { class: 'rates' }, figure, table.element),
    // Null if nothing is known.
    show(rates, counts) {
      latest = rates;
      table.show(rates, counts);
    },
    stop() {
      clearInterval(timer);
      size.disconnect();
    },
  };
}

function legend() {
  const rows = outcomes.map(outcome => {
    const rate = el('td', {}, '–'), count = el('td', { 'data-count': outcome }, '–');
    const row = el('tr', {}, el('th', { scope: 'row' }, el('span', { class: `swatch ${outcome}`, 'aria-hidden': 'true' }), t(`outcome.${outcome}`)), rate, count);
    return { outcome, row, rate, count };
  });
  return {
    element: el('table', { class: 'legend' },
      el('thead', {}, el('tr', {},
        el('th', { scope: 'col' }, t('legend.answer')), el('th', { scope: 'col' }, t('legend.rate')), el('th', { scope: 'col' }, t('legend.count')))),
      el('tbody', {}, rows.map(row => row.row))),
    show(rates, counts) {
      for (const { outcome, rate, count } of rows) {
        say(rate, rates ? number(rates[outcome], rates[outcome] < 10 ? 1 : 0) : '–');
        say(count, number((counts ?? none)[outcome]));
      }
    },
  };
}

// 1, 2 or 5 times a power of ten; at least 10, so that three claims do not look like a stampede.
function niceAbove(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(10, value)));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= value);
}

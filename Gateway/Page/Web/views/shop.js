// A seller's: create a coupon, see one's own, watch them.

import { create } from '../api.js';
import { chanceFields } from '../chances/fields.js';
import { el, named, say } from '../dom.js';
import { moment, number, t, tell } from '../language.js';
import { pages } from '../pages.js';
import { session } from '../session.js';
import { timeOf, windowFields } from '../times.js';
import { about, bar, card, field, heading, isFor, leftOf, logInAgain, oneAtATime, problem, salePath, whole } from '../widgets.js';

const MAX_TEXT = 60;

export function shop(main) {
  if (!isFor('saler', main)) return;
  const own = pages('sales', row, t('shop.nothing'));
  const load = () => own.load(session().name);

  main.append(heading(t('shop.title')),
    el('div', { class: 'columns' },
      form(load),
      card('own', t('shop.own'), own.element)));
  load();
}

function row(coupon, seller) {
  const units = bar();
  units.show(coupon.left, coupon.amount);
  return el('li', { class: coupon.left === 0 ? 'gone' : null }, el('a', { href: salePath(seller, coupon.name) },
    named(coupon.name, { class: 'sale-name' }), el('span', { class: 'seller' }, about(coupon)),
    el('span', { class: 'rate' }, t('shop.watch')), units.element, el('span', { class: 'left' }, leftOf(coupon))));
}

function form(created) {
  const name = field('name', t('coupon.name'), { required: true, autocomplete: 'off' });
  const amount = field('amount', t('coupon.amount'), { required: true, inputmode: 'numeric', autocomplete: 'off' });
  const stock = field('stock', t('coupon.stock'), { required: true, inputmode: 'numeric', autocomplete: 'off' }, t('coupon.stockHint'));
  const description = field('description', t('coupon.description'), { autocomplete: 'off' });
  const times = windowFields(), { starts, ends } = times, chances = chanceFields();
  // As the servers call them, at the beginning of what they say is wrong.
  const byName = new Map(Object.entries({ name, amount, stock, description, startsAt: starts, endsAt: ends, ...chances }));
  const result = el('p', { class: 'result', role: 'status' });
  const button = el('button', { class: 'primary', type: 'submit' }, t('shop.create'));
  const submit = oneAtATime(() => [button], send);
  const element = card('new', t('shop.new'),
    [name.element, el('div', { class: 'pair' }, amount.element, stock.element), description.element, times.elements, chances.element, button, result].flat(),
    'form', { novalidate: true, onsubmit: event => { event.preventDefault(); submit(); } });

  async function send() {
    say(result, '');
    const text = value => ([...value].length > MAX_TEXT ? t('error.tooLong', { n: MAX_TEXT }) : null);
    const isRight = [
      name.check(name.input.value ? text(name.input.value) : t('error.required')),
      amount.check(whole(amount.input.value, 1)),
      stock.check(whole(stock.input.value, 0)),
      description.check(text(description.input.value)),
      times.check(),
      chances.check(starts),
    ].every(Boolean);
    if (!isRight) return element.querySelector('[aria-invalid]').focus();

    const answer = await create({
      name: name.input.value, amount: Number(amount.input.value), stock: Number(stock.input.value), description: description.input.value,
      startsAt: timeOf(starts), endsAt: timeOf(ends), ...chances.values(),
    });
    if (!element.isConnected) return;
    if (answer.status === 401) return logInAgain();
    result.dataset.outcome = answer.ok ? 'claimed' : 'refused';
    const wrong = answer.status === 400 ? byName.get(answer.errMsg.split(' ')[0]) : null;
    if (wrong) {
      wrong.check(problem(answer));
      return wrong.input.focus();
    }
    if (!answer.ok) return say(result, problem(answer));
    const later = timeOf(starts) > Date.now();
    result.replaceChildren(...tell(later ? 'shop.scheduled' : 'shop.created', { name: named(name.input.value), time: moment(timeOf(starts)) }), ' ', el('a', { href: salePath(session().name, name.input.value) }, t('shop.watch')));
    element.reset();
    created();
  }

  return element;
}

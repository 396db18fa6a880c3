// Shared parts of views.

import { chart } from './chart.js';
import { el, named, say } from './dom.js';
import { count, number, t } from './language.js';
import { sum } from './outcomes.js';
import { end, homes, session } from './session.js';

export const salePath = (seller, coupon) => `#/sale/${encodeURIComponent(seller)}/${encodeURIComponent(coupon)}`;

export const receiptPath = (seller, coupon) => `#/receipt/${encodeURIComponent(seller)}/${encodeURIComponent(coupon)}`;

// The heading of a view gets the focus when the view comes.
export const heading = text => el('h1', { tabindex: '-1' }, text);

// A part of a view. tag: 'section', or 'form' with its attributes.
export const card = (id, title, children, tag = 'section', attributes = {}) =>
  el(tag, { class: 'card', 'aria-labelledby': id, ...attributes }, el('h2', { id }, title), children);

// A bar of the units left.
export function bar(big = false) {
  const rest = el('div', { class: 'rest' });
  const element = el('div', { class: big ? 'bar big' : 'bar', role: 'meter', 'aria-valuemin': '0', 'aria-label': t('bar.label') }, rest);
  return {
    element,
    // Hidden if left is not known.
    show(left, amount) {
      element.hidden = left == null;
      if (element.hidden) return;
      element.setAttribute('aria-valuemax', amount);
      element.setAttribute('aria-valuenow', left);
      element.classList.toggle('low', left > 0 && left <= amount / 10);
      rest.style.width = `${(100 * left) / amount}%`;
    },
  };
}

// States that close a sale to customers while units are left.
export const closed = ['scheduled', 'paused', 'ended'];

// The units left, in words; lists do not always have them.
export function leftOf({ left, amount, soldOut = left === 0 }) {
  if (left == null) return t('sale.leftUnknown');
  return soldOut ? t('outcome.soldOut') : t('sale.leftOf', { left: number(left), amount: number(amount) });
}

// How many wait, behind something else; empty where nobody does.
export const inLine = ({ waiting }) => (waiting > 0 ? ` · ${count('sale.inLine', waiting, { n: number(waiting) })}` : '');

// A coupon's value and description.
export function about({ description, stock }) {
  const worth = stock == null ? '' : t('coupon.value', { n: number(stock) });
  return description ? [worth && `${worth} · `, named(description)] : [worth];
}

// A number that must fit where it stands, however long it is.
export function figure(element, text) {
  element.classList.toggle('long', text.length > 9);
  say(element, text);
}

export function tile(label, id) {
  const value = el('dd', { id }, '–');
  return { element: el('div', { class: 'tile' }, el('dt', {}, label), value), show: text => figure(value, text) };
}

export const tiles = all => el('dl', { class: 'tiles' }, all.map(one => one.element));

// The claims of a sale, or of all sales, as tiles and as a chart.
export function counters() {
  const won = tile(t('tile.won'), 'won'), refused = tile(t('tile.refused'), 'refused'), rate = tile(t('tile.rate'), 'rate'), rates = chart();
  return {
    won, refused, rate,
    chart: card('rates', t('chart.title'), rates.element),
    show({ claims, perSecond }) {
      won.show(number(claims.claimed));
      // Outcomes of windows and pauses are told only where they occur.
      const { soldOut, alreadyClaimed, notStarted = 0, ended = 0, paused = 0, returned = 0, waiting = 0 } = claims;
      refused.show(number(soldOut + alreadyClaimed + notStarted + ended + paused + returned + waiting));
      rate.show(perSecond ? number(sum(perSecond)) : '–');
      rates.show(perSecond ?? null, claims);
    },
    // Nothing is known at the moment.
    pause: () => rates.show(null, null),
    stop: rates.stop,
  };
}

// The state of the live feed, by word and colour.
export function connection() {
  const element = el('span', { class: 'connection', role: 'status' });
  return {
    element,
    show(state) {
      if (element.dataset.state === state) return;
      element.dataset.state = state;
      say(element, t(`connection.${state}`));
    },
  };
}

// A form field with its label and error.
export function field(name, label, attributes = {}, hint = null) {
  const fault = el('p', { class: 'fault', id: `${name}-fault` });
  const note = hint && el('p', { class: 'hint', id: `${name}-hint` }, hint);
  const input = el('input', {
    id: name, name, autocapitalize: 'none', spellcheck: 'false', 'aria-describedby': hint ? `${name}-fault ${name}-hint` : `${name}-fault`, ...attributes,
  });
  return {
    input,
    element: el('div', { class: 'field' }, el('label', { for: name }, label), input, note, fault),
    // True if valid.
    check(problem) {
      say(fault, problem ?? '');
      if (problem) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
      return !problem;
    },
  };
}

const MAX_NUMBER = 2147483647;

// What is wrong with a field of a whole number, or null.
export function whole(text, least, most = MAX_NUMBER) {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= least && value <= most ? null : t('error.whole', { least: number(least), most: number(most) });
}

const PROBLEMS = new Map([
  ['No such queryUser.', 'error.noUser'],
  ['Password mismatched.', 'error.password'],
  ['Insert user failed. Maybe user name duplicates.', 'error.nameTaken'],
  ['Create failed. Maybe (username,coupon name) duplicates', 'error.couponTaken'],
  ['Record not found.', 'error.noUser'],
  ['endsAt must be in the future.', 'error.endIsPast'],
  ['startsAt must be before endsAt.', 'error.window'],
  ['returnUntil must be after startsAt.', 'error.untilBeforeStart'],
  ['redeemUntil must be after startsAt.', 'error.untilBeforeStart'],
  ['returnUntil must be in the future.', 'error.untilIsPast'],
  ['redeemUntil must be in the future.', 'error.untilIsPast'],
  ['Cannot check other customer.', 'error.otherCustomer'],
]);

// An answer's message, translated if the contract has it.
export function problem(answer) {
  const known = PROBLEMS.get(answer.errMsg);
  if (known) return t(known);
  if (answer.status === 0) return t('error.unreachable');
  if (answer.status === 429) return t('error.tooMany', { n: answer.headers?.get('Retry-After') ?? '1' });
  if (answer.status >= 500) return t('error.unavailable');
  return answer.errMsg || t('error.other', { n: answer.status });
}

// Without a session, or after its end: go to the log-in and back. Replaces the history entry, as the view cannot be shown.
export function logInAgain() {
  // The first of two refused requests has already done so.
  if (location.hash.startsWith('#/login')) return;
  const ended = session() ? '/ended' : '';
  end();
  location.replace(`#/login/${encodeURIComponent(location.hash)}${ended}`);
}

// Whether a view may be shown that is for one kind of user; shows a message to the other kind.
export function isFor(kind, main) {
  const who = session();
  if (!who) logInAgain();
  else if (who.kind !== kind) {
    main.append(heading(t(`only.${kind}`)),
      el('p', {}, el('a', { class: 'button', href: homes.get(who.kind) }, t(who.kind === 'saler' ? 'shop.title' : 'market.title'))));
  }
  return who?.kind === kind;
}

// Runs one at a time. Uses aria-disabled: truly disabled buttons lose the focus.
export function oneAtATime(buttons, run) {
  let isRunning = false;
  return async (...values) => {
    if (isRunning) return;
    isRunning = true;
    buttons().forEach(button => button.setAttribute('aria-disabled', 'true'));
    try {
      await run(...values);
    } finally {
      isRunning = false;
      buttons().forEach(button => button.removeAttribute('aria-disabled'));
    }
  };
}

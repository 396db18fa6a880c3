// Shared parts of views.

import { claim } from './api.js';
import { el, named, say } from './dom.js';
import { number, t } from './language.js';
import { end, homes, session } from './session.js';

export const salePath = (seller, coupon) => `#/sale/${encodeURIComponent(seller)}/${encodeURIComponent(coupon)}`;

// The heading of a view gets the focus when the view comes.
export const heading = (text, attributes = {}) => el('h1', { tabindex: '-1', ...attributes }, text);

// A bar of the units left.
export function bar(big = false) {
  const rest = el('div', { class: 'rest' });
  const element = el('div', { class: big ? 'bar big' : 'bar', role: 'meter', 'aria-valuemin': '0', 'aria-label': t('bar.label') }, rest);
  return {
    element,
    // Hidden if left is not known.
    show(left, amount) {
      element.hidden = !isKnown(left);
      if (element.hidden) return;
      element.setAttribute('aria-valuemax', amount);
      element.setAttribute('aria-valuenow', left);
      element.classList.toggle('low', left > 0 && left <= amount / 10);
      rest.style.width = `${(100 * left) / amount}%`;
    },
  };
}

const isKnown = value => value !== undefined && value !== null;

// The units left, in words; lists do not always have them.
export function leftOf({ left, amount }) {
  if (!isKnown(left)) return t('sale.leftUnknown');
  return left === 0 ? t('sale.soldOut') : t('sale.leftOf', { left: number(left), amount: number(amount) });
}

// A coupon's value and description.
export function about({ description, stock }) {
  const worth = isKnown(stock) ? t('coupon.value', { n: number(stock) }) : '';
  return description ? [worth && `${worth} · `, named(description)] : [worth];
}

// A number that must fit where it stands, however long it is.
export function figure(element, text) {
  element.classList.toggle('long', text.length > 9);
  say(element, text);
}

export function tile(label, attributes = {}) {
  const value = el('dd', attributes, '–');
  return { element: el('div', { class: 'tile' }, el('dt', {}, label), value), show: text => figure(value, text) };
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
      input.toggleAttribute('aria-invalid', Boolean(problem));
      if (problem) input.setAttribute('aria-invalid', 'true');
      return !problem;
    },
  };
}

const PROBLEMS = new Map([
  ['No such queryUser.', 'error.noUser'],
  ['Password mismatched.', 'error.password'],
  ['Insert user failed. Maybe user name duplicates.', 'error.nameTaken'],
  ['Create failed. Maybe (username,coupon name) duplicates', 'error.couponTaken'],
  ['Record not found.', 'error.noUser'],
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
      el('p', {}, el('a', { class: 'button', href: homes.get(who.kind) }, t(who.kind === 'saler' ? 'nav.shop' : 'nav.market'))));
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

const TRIES = 6;
const RESULTS = ['claimed', 'sold-out', 'already-claimed', 'no-such-coupon', 'undecided'];

// A claim button and its result text.
// owned: whether the customer's list shows it as owned.
export function claimer(seller, coupon, owned, done = () => {}) {
  let isOwned = false;
  const result = el('p', { class: 'result', role: 'status' });
  const button = el('button', {
    class: 'primary claim', type: 'button', 'aria-label': t('claim.label', { coupon }), onclick: oneAtATime(() => (isOwned ? [] : [button]), run),
  }, t('claim.button'));

  function show(outcome, text) {
    result.dataset.outcome = outcome;
    say(result, text);
  }

  // Reuse the button, so that it keeps the focus.
  function own() {
    isOwned = true;
    button.classList.add('owned');
    button.setAttribute('aria-disabled', 'true');
    button.setAttribute('aria-label', t('claim.ownedLabel', { coupon }));
    say(button, t('claim.owned'));
  }

  async function run() {
    if (isOwned) return;
    show('asking', t('claim.asking'));
    const token = session()?.token;
    let answer;
    for (let i = 1; i <= TRIES; i++) {
      answer = await claim(seller, coupon, token);
      if (!element.isConnected) return;
      if (answer.outcome !== 'undecided' || i === TRIES) break;
      // Claims are idempotent, so a retry is safe.
      show('undecided', t('claim.again', { n: number(answer.retryAfter), i: number(i) }));
      await new Promise(resolve => setTimeout(resolve, 1000 * answer.retryAfter));
      // Dropped after a log-out or in another view.
      if (!element.isConnected) return;
    }
    if (answer.outcome === 'refused' && answer.status === 401) return logInAgain();
    if (['claimed', 'already-claimed'].includes(answer.outcome)) own();
    show(answer.outcome, text(answer));
    done(answer.outcome);
  }

  owned.then(yes => { if (yes) own(); });
  const element = el('div', { class: 'claimer' }, button, result);
  return element;
}

function text({ outcome, status, errMsg }) {
  if (outcome === 'refused') return errMsg || t('error.other', { n: status });
  return RESULTS.includes(outcome) ? t(`claim.${outcome}`) : t('claim.other', { outcome });
}

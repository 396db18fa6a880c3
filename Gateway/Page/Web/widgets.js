// Parts that several views have.

import { claim } from './api.js';
import { el, say } from './dom.js';
import { number, t } from './language.js';
import { end, homes, session } from './session.js';

export const salePath = (seller, coupon) => `#/sale/${encodeURIComponent(seller)}/${encodeURIComponent(coupon)}`;

// The heading of a view gets the focus when the view comes.
export const heading = (text, attributes = {}) => el('h1', { tabindex: '-1', ...attributes }, text);

// A bar that drains.
export function bar(big = false) {
  const rest = el('div', { class: 'rest' });
  const element = el('div', { class: big ? 'bar big' : 'bar', role: 'meter', 'aria-valuemin': '0', 'aria-label': t('bar.label') }, rest);
  return {
    element,
    show(left, amount) {
      element.setAttribute('aria-valuemax', amount);
      element.setAttribute('aria-valuenow', left);
      element.classList.toggle('low', left > 0 && left <= amount / 10);
      rest.style.width = `${(100 * left) / amount}%`;
    },
  };
}

export function tile(label, attributes = {}) {
  const value = el('dd', attributes, '–');
  return { element: el('div', { class: 'tile' }, el('dt', {}, label), value), show: text => say(value, text) };
}

// Whether what is shown is live, in a word and a colour.
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

// A form field with its label and what is wrong with it.
export function field(name, label, attributes = {}, hint = null) {
  const fault = el('p', { class: 'fault', id: `${name}-fault` });
  const note = hint && el('p', { class: 'hint', id: `${name}-hint` }, hint);
  const input = el('input', {
    id: name, name, autocapitalize: 'none', spellcheck: 'false', 'aria-describedby': hint ? `${name}-fault ${name}-hint` : `${name}-fault`, ...attributes,
  });
  return {
    input,
    element: el('div', { class: 'field' }, el('label', { for: name }, label), input, note, fault),
    // True where nothing is wrong.
    check(problem) {
      say(fault, problem ?? '');
      input.toggleAttribute('aria-invalid', Boolean(problem));
      if (problem) input.setAttribute('aria-invalid', 'true');
      return !problem;
    },
  };
}

// What an answer says, in the reader's language where it is one of the contract's.
export function problem(answer) {
  const known = {
    'No such queryUser.': 'error.noUser',
    'Password mismatched.': 'error.password',
    'Insert user failed. Maybe user name duplicates.': 'error.nameTaken',
    'Create failed. Maybe (username,coupon name) duplicates': 'error.couponTaken',
    'Record not found.': 'error.noUser',
    'Cannot check other customer.': 'error.otherCustomer',
  }[answer.errMsg];
  if (known) return t(known);
  if (answer.status === 0) return t('error.unreachable');
  if (answer.status === 429) return t('error.tooMany', { n: answer.headers?.get('Retry-After') ?? '1' });
  if (answer.status >= 500) return t('error.unavailable');
  return answer.errMsg || t('error.other', { n: answer.status });
}

// There is no session, or none any more: to the log-in, and back. In place of the view, which could not be gone back to.
export function logInAgain() {
  // Of two requests that were refused, the first has led there.
  if (location.hash.startsWith('#/login')) return;
  const ended = session() ? '/ended' : '';
  end();
  location.replace(`#/login/${encodeURIComponent(location.hash)}${ended}`);
}

// Whether a view may be shown, which is for one kind only; whoever is of the other is told.
export function isFor(kind, main) {
  const who = session();
  if (!who) logInAgain();
  else if (who.kind !== kind) {
    main.append(heading(t(`only.${kind}`)),
      el('p', {}, el('a', { class: 'button', href: homes[who.kind] }, t(who.kind === 'saler' ? 'nav.shop' : 'nav.market'))));
  }
  return who?.kind === kind;
}

const TRIES = 6;
const RESULTS = ['claimed', 'sold-out', 'already-claimed', 'no-such-coupon', 'undecided'];

// A button that claims, and the place where it says what came of it.
export function claimer(seller, coupon, done = () => {}) {
  const result = el('p', { class: 'result', role: 'status' });
  const button = el('button', { class: 'primary claim', type: 'button', 'aria-label': t('claim.label', { coupon }), onclick: run }, t('claim.button'));

  function show(outcome, text) {
    result.dataset.outcome = outcome;
    say(result, text);
  }

  async function run() {
    button.disabled = true;
    show('asking', t('claim.asking'));
    const token = session()?.token;
    let answer;
    for (let i = 1; i <= TRIES; i++) {
      answer = await claim(seller, coupon, token);
      if (!element.isConnected) return;
      if (answer.outcome !== 'undecided' || i === TRIES) break;
      // A claim is never taken twice, so asking again is safe.
      show('undecided', t('claim.again', { n: number(answer.retryAfter), i: number(i) }));
      await new Promise(resolve => setTimeout(resolve, 1000 * answer.retryAfter));
      // Whoever has gone elsewhere, or logged out, wants it no more.
      if (!element.isConnected) return;
    }
    button.disabled = false;
    if (answer.outcome === 'refused' && answer.status === 401) return logInAgain();
    show(answer.outcome, text(answer));
    done(answer.outcome);
  }

  const element = el('div', { class: 'claimer' }, button, result);
  return element;
}

function text({ outcome, status, errMsg }) {
  if (outcome === 'refused') return errMsg || t('error.other', { n: status });
  return RESULTS.includes(outcome) ? t(`claim.${outcome}`) : t('claim.other', { outcome });
}

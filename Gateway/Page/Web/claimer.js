// The claim button with its result. Before the start of the sale it counts down, and opens by itself; so it does after a pause.

import { claim, look } from './api.js';
import { isGiven, noteGiven } from './chances/given.js';
import { countdown } from './countdown.js';
import { el, say } from './dom.js';
import { number, t } from './language.js';
import { session } from './session.js';
import { closed, logInAgain, oneAtATime } from './widgets.js';

const TRIES = 6;
const RESULTS = ['claimed', 'sold-out', 'already-claimed', 'no-such-coupon', 'ended', 'paused', 'returned', 'waiting', 'undecided'];
// A claim that comes so little too early waits and is made again.
const EARLY = 1500;
// A reading may be so old where very many watch.
const OLD = 6000;

// How the customer stands with the coupon; readings of the sale do not change it.
const SETTLED = ['owned', 'returned', 'waiting'];
// Answers that a reading makes old.
const OF_SALE = ['open', 'paused', 'ended'];

// owned: whether the customer's list shows it as owned. done(answer): a claim was answered. turned(face): the button shows something else.
export function claimer(seller, coupon, owned, { done = () => {}, turned = () => {} } = {}) {
  // 'open', or why it cannot be pressed: 'owned', 'returned', 'waiting' (in line), 'scheduled', 'paused', 'ended', 'soldOut' (with a line).
  let face = 'open', wasOpen = false, isAsking = false, latest = null;
  const result = el('p', { class: 'result', role: 'status' });
  const button = el('button', { class: 'primary claim', type: 'button', onclick: oneAtATime(() => (face === 'open' ? [button] : []), run) });
  const start = countdown(open);

  function show(outcome, text) {
    result.dataset.outcome = outcome;
    say(result, text);
  }

  // Reuse the button, so that it keeps the focus, and can be pressed the moment it opens.
  function turn(to) {
    face = to;
    button.classList.toggle('owned', to === 'owned');
    button.classList.toggle('waits', to !== 'owned' && to !== 'open');
    if (to === 'open') button.removeAttribute('aria-disabled');
    else button.setAttribute('aria-disabled', 'true');
    button.setAttribute('aria-label', t(`button.${to}Label`, { coupon }));
    say(button, t(`button.${to}`));
    turned(to);
  }

  const isSettled = () => SETTLED.includes(face);

  function wait(startsIn, at) {
    if (isSettled()) return;
    turn('scheduled');
    // Last: it may have begun meanwhile.
    start.from(startsIn, at);
  }

  function open() {
    wasOpen = true;
    if (isSettled()) return;
    turn('open');
    show('open', t('claim.open'));
  }

  function close(state) {
    turn(state);
    if (isAsking) return;
    // The line says the rest.
    if (state === 'soldOut' && OF_SALE.includes(result.dataset.outcome)) show('sold-out', '');
    else if (state !== 'soldOut') show(state, t(state === 'paused' ? 'claim.waits' : 'claim.ended'));
  }

  function reopen(text) {
    turn('open');
    if (!isAsking) show('open', text);
  }

  // Readings of the sale may be late where very many watch.
  async function ask() {
    const { asked, coupon: now } = await look(seller, coupon);
    if (element.isConnected && start.isRunning() && now?.state === 'scheduled') wait(now.startsIn, asked);
  }

  async function run() {
    if (face !== 'open') return;
    isAsking = true;
    show('asking', t('claim.asking'));
    const token = session()?.token;
    let answer;
    for (let i = 1; i <= TRIES; i++) {
      answer = await claim(seller, coupon, token);
      if (!element.isConnected) return;
      if (answer.outcome === 'not-started' && answer.startsIn <= EARLY && i < TRIES) {
        await new Promise(resolve => setTimeout(resolve, answer.startsIn));
        if (!element.isConnected) return;
        continue;
      }
      if (answer.outcome !== 'undecided' || i === TRIES) break;
      // Claims are idempotent, so a retry is safe.
      show('undecided', t('claim.again', { n: number(answer.retryAfter), i: number(i) }));
      await new Promise(resolve => setTimeout(resolve, 1000 * answer.retryAfter));
      // Dropped after a log-out or in another view.
      if (!element.isConnected) return;
    }
    isAsking = false;
    if (answer.outcome === 'refused' && answer.status === 401) return logInAgain();
    if (['claimed', 'already-claimed'].includes(answer.outcome)) turn('owned');
    else if (SETTLED.includes(answer.outcome)) turn(answer.outcome);
    if (answer.outcome === 'returned') noteGiven(seller, coupon);
    show(answer.outcome, text(answer));
    if (answer.outcome === 'not-started') wait(answer.startsIn);
    done(answer);
  }

  turn(isGiven(seller, coupon) ? 'returned' : 'open');
  if (face === 'returned') show('returned', t('claim.returned'));
  owned.then(yes => {
    if (!yes) return;
    turn('owned');
    if (!isAsking) show('owned', '');
  });
  const element = el('div', { class: 'claimer' }, button, start.element, result);

  // A reading of the sale: it may begin later, or have begun, or be closed for a while.
  function see(reading) {
    latest = reading;
    const isNews = !start.isRunning();
    // Once open it does not close again for a reading of before.
    if (reading.state !== 'scheduled') start.end();
    else if (!wasOpen || reading.startsIn > OLD) wait(reading.startsIn);
    if (isNews && start.isRunning()) ask();
    if (isSettled() || face === reading.state || reading.state === 'scheduled') return;
    // Who comes to a line need not claim.
    if (closed.includes(reading.state) || (reading.state === 'soldOut' && reading.waiting != null)) close(reading.state);
    else if (face !== 'open') reopen(reading.soldOut ? '' : t('claim.resumed'));
  }

  return {
    element,
    see,
    tell: show,
    focus: () => button.focus(),
    // What became of the customer elsewhere: 'owned', 'returned', 'waiting'; null for one who does not wait any more.
    stand(to) {
      turn(to ?? 'open');
      if (to === null && latest) see(latest);
    },
    // Units are left, whatever the latest reading said.
    reopen,
    // Readings end: whether it goes on, only a claim tells.
    lose() {
      if (face === 'paused' || face === 'ended') reopen('');
    },
    // Timers, and the clock of a device that sleeps, rest while the page is hidden.
    wake() {
      start.tick();
      if (start.isRunning() && document.visibilityState === 'visible') ask();
    },
  };
}

function text({ outcome, place, status, errMsg }) {
  // The countdown tells.
  if (outcome === 'not-started') return '';
  if (outcome === 'refused') return errMsg || t('error.other', { n: status });
  if (outcome === 'waiting' && place > 0) return t('claim.waitingAt', { place: number(place) });
  return RESULTS.includes(outcome) ? t(`claim.${outcome}`) : t('claim.other', { outcome });
}

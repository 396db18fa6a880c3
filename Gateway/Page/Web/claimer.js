// The claim button with its result.

import { claim } from './api.js';
import { el, say } from './dom.js';
import { number, t } from './language.js';
import { session } from './session.js';
import { logInAgain, oneAtATime } from './widgets.js';

const TRIES = 6;
const RESULTS = ['claimed', 'sold-out', 'already-claimed', 'no-such-coupon', 'undecided'];

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

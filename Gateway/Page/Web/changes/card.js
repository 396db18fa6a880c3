// The seller's switch of a sale: what it is at, and what can be changed while it sells.

import { look, operations } from '../api.js';
import { chancesOf } from '../chances/fields.js';
import { el, named, say } from '../dom.js';
import { t, tell } from '../language.js';
import { session } from '../session.js';
import { card, logInAgain, oneAtATime, problem } from '../widgets.js';
import { amounts } from './amount.js';
import { ask, refusal } from './ask.js';
import { pausing } from './pause.js';
import { windows } from './window.js';

// The record is read from so far before the coupon's version: not every version is a change.
const BACK = 50;

// changed: called after a change.
export function changesOf(coupon, changed) {
  const state = el('p', { class: 'condition', id: 'condition', role: 'status' }), chances = el('p', { class: 'terms', id: 'chances' });
  const result = el('p', { class: 'result', role: 'status' });
  const parts = [pausing, amounts, windows].map(part => part((...change) => send(...change)));
  const element = card('changes', t('change.title'), [state, chances, el('div', { class: 'parts' }, parts.map(part => part.element))], 'section', { class: 'card changes' });
  // Of these forms what was typed goes.
  const anew = new Set();
  let seen = null, asked = 0, isMissing = false;

  async function load() {
    const request = ++asked;
    const answer = await look(session().name, coupon);
    const record = answer.coupon && await operations(coupon, Math.max(0, answer.coupon.version - BACK));
    // A newer request was made, or the view is gone.
    if (request !== asked || !element.isConnected) return answer;
    if (answer.status === 401) logInAgain();
    if (!answer.coupon) return answer;
    if (isMissing) say(result, '');
    isMissing = false;
    show(answer.coupon, record.ok ? record.body.data : null);
    return answer;
  }

  function show(sale, record) {
    // The operators' stops are in no coupon's record.
    const terms = record ? record[record.length - 1]?.after ?? {} : { paused: sale.state === 'paused' };
    const pause = !terms.paused ? null : terms.reason ? tell('state.pausedFor', { reason: named(terms.reason) }) : [t('state.paused')];
    const words = [
      ...(sale.state === 'paused' ? pause ?? [t('state.pausedByOperator')] : [t(`state.${sale.state}`)]),
      // It outlasts the end, and holds before the start.
      ...(pause && sale.state !== 'paused' ? [' · ', ...pause] : []),
    ];
    say(chances, chancesOf(sale));
    state.dataset.state = sale.state;
    const text = el('span', {}, words);
    if (state.textContent !== text.textContent) state.replaceChildren(text);
    parts.forEach(part => part.see(sale, Boolean(terms.paused), anew.has(part.element)));
    anew.clear();
  }

  // what: null if nothing was entered. done: the words for the coupon that came of it.
  const send = oneAtATime(() => [...element.querySelectorAll('button')], async (form, what, version, done) => {
    form.append(result);
    say(result, '');
    if (!what) return tellAs('asking', t('change.nothing'));
    if (version === undefined) {
      const { coupon: sale, ...answer } = await load();
      if (element.isConnected) tellAs('refused', sale ? t('change.look') : problem(answer));
      return;
    }
    tellAs('asking', t('change.asking'));
    const answer = await ask(coupon, what, version, wait);
    if (!element.isConnected) return;
    if (answer.status === 401) return logInAgain();
    const sale = answer.ok ? answer.body.data : null;
    if (sale?.version === version + 1) parts.forEach(part => part.pass(version, sale.version));
    if (answer.ok || answer.status === 412) anew.add(form);
    // Read anew: the answer to a change does not tell of the operators' stops.
    const now = await load();
    if (!element.isConnected) return;
    if (sale) tellAs('claimed', done(now.coupon ?? sale));
    else tellAs('refused', refusal(answer));
    changed();
  });

  async function wait(text, seconds) {
    tellAs('refused', text);
    await new Promise(resolve => setTimeout(resolve, 1000 * seconds));
    // Dropped after a log-out or in another view.
    return element.isConnected;
  }

  function tellAs(outcome, text) {
    result.dataset.outcome = outcome;
    say(result, text);
  }

  return {
    element,
    load: async () => {
      const answer = await load();
      isMissing = !answer.coupon && element.isConnected;
      if (!isMissing) return;
      element.append(result);
      tellAs('refused', problem(answer));
    },
    // A reading of the sale, which does not tell the version.
    see(reading) {
      const { amount, state: now, startsAt, endsAt } = reading, was = seen;
      parts.forEach(part => part.read?.(reading));
      seen = JSON.stringify([amount, now, startsAt, endsAt]);
      if (was === null ? isMissing : was !== seen) load();
    },
  };
}

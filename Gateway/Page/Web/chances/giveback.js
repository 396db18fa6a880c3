// Gives a unit back, where its coupon takes returns and their end has not passed.

import { giveBack as send, look } from '../api.js';
import { decided, isUndecided } from '../decided.js';
import { el, hide, say } from '../dom.js';
import { moment, t } from '../language.js';
import { question } from '../question.js';
import { session } from '../session.js';
import { logInAgain, oneAtATime, problem } from '../widgets.js';
import { noteGiven } from './given.js';

// After a look that failed.
const AGAIN = 5000;
// Timers take no more than some weeks.
const HOUR = 3_600_000;
// Why a unit is not taken back, for good.
const REFUSALS = ['no-returns', 'redeemed', 'too-late'];

// tell(outcome, text): shows it. take(): takes the focus of what is hidden. done(): called when it was given back.
export function giveBack(seller, coupon, { tell, take, done }) {
  const button = el('button', { type: 'button', onclick: ask }, t('unit.giveBack'));
  const until = el('p', { class: 'hint' }), sure = question('sure-return');
  const element = el('div', { class: 'giveback', hidden: true }, button, until, sure.element);
  // By the clock of performance.now(): the time of day of a device may be wrong.
  let end = Infinity, timer;

  async function load() {
    clearTimeout(timer);
    const { coupon: now, headers, asked, status } = await look(seller, coupon);
    if (!element.isConnected || status === 404) return;
    if (status === 401) return logInAgain();
    if (!now) {
      timer = setTimeout(load, AGAIN * (0.5 + Math.random()));
      return;
    }
    if (now.returns !== 'once' || button.hidden) return;
    end = now.returnUntil == null ? Infinity : asked + now.returnUntil - Date.parse(headers.get('Date'));
    say(until, now.returnUntil == null ? '' : t('unit.until', { time: moment(now.returnUntil) }));
    element.hidden = false;
    tick();
  }

  function tick() {
    clearTimeout(timer);
    if (!element.isConnected || button.hidden || end === Infinity) return;
    const rest = end - performance.now();
    if (rest > 0) timer = setTimeout(tick, Math.min(rest, HOUR));
    // What is asked already, the servers decide.
    else if (sure.element.hidden) close(t('unit.over'));
  }

  function close(text) {
    hide(button, true, take);
    say(until, text);
  }

  async function ask() {
    if (await sure.ask(t('unit.ask'), t('unit.yes'), button)) give();
  }

  const give = oneAtATime(() => [button], async () => {
    const who = session();
    tell('asking', t('change.asking'));
    const answer = await decided(() => send(seller, coupon, who), tell, element);
    if (!answer) return;
    if (answer.status === 401) return logInAgain();
    const word = answer.headers?.get('Return-Result');
    if (answer.ok) {
      noteGiven(seller, coupon);
      hide(element, true, take);
      tell('claimed', t('unit.returned'));
      done();
    } else if (REFUSALS.includes(word)) {
      close('');
      tell('refused', t(`unit.${word}`));
    } else {
      tell('refused', refusal(answer));
    }
  });

  return { element, load };
}

const MESSAGES = new Map([['No such coupon.', 'claim.no-such-coupon'], ['No such claim.', 'receipt.none']]);

function refusal(answer) {
  if (isUndecided(answer)) return t('unit.undecided');
  return MESSAGES.has(answer.errMsg) ? t(MESSAGES.get(answer.errMsg)) : problem(answer);
}

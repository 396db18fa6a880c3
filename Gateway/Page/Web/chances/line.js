// The line of a coupon that is sold out: join it, see one's place, leave it, be served.

import { join, leave, readPlace } from '../api.js';
import { decided, isUndecided } from '../decided.js';
import { el, hide, say } from '../dom.js';
import { count, number, t } from '../language.js';
import { question } from '../question.js';
import { session } from '../session.js';
import { logInAgain, oneAtATime, problem } from '../widgets.js';
import { noteGiven } from './given.js';
import { placeWatch } from './place.js';

// With these a customer neither waits nor can.
const DONE = ['owned', 'returned'];

// desk: the claim button: { tell(outcome, text), stand(face), reopen(text), take() }.
export function lineOf(seller, coupon, desk) {
  const place = el('p', { class: 'place', role: 'status' }), note = el('p', { class: 'hint' }), sure = question('sure-leave');
  const button = el('button', { type: 'button', onclick: () => (isIn() ? ask() : enter()) });
  const element = el('div', { class: 'line', role: 'group', 'aria-label': t('line.title'), hidden: true }, place, note, button, sure.element);
  const watch = placeWatch(read);
  // changes: how many were made here.
  let face = 'open', sale = null, changes = 0;

  const isIn = () => face === 'waiting';

  function show() {
    const canJoin = sale?.waiting != null && sale.soldOut && !['scheduled', 'ended'].includes(sale.state) && !DONE.includes(face);
    hide(element, !isIn() && !canJoin, desk.take);
    say(button, t(isIn() ? 'line.leave' : 'line.join'));
    button.classList.toggle('primary', !isIn());
    if (!isIn()) {
      say(place, '');
      say(note, [sale?.waiting > 0 ? count('line.waiting', sale.waiting, { n: number(sale.waiting) }) : '', t('line.consent')].filter(Boolean).join(' '));
    } else {
      say(note, t(sale?.state === 'ended' ? 'line.ended' : sale?.state === 'paused' ? 'line.paused' : 'line.stay'));
    }
  }

  function hear({ position, of }) {
    if (position === 0) return serve();
    watch.heard(position);
    if (!isIn()) desk.stand('waiting');
    // Claims tell the place without the length.
    say(place, t(of ? 'line.place' : 'line.placeOnly', { place: number(position), of: number(of ?? 0) }));
  }

  function serve() {
    const wasIn = isIn();
    desk.stand('owned');
    if (wasIn) desk.tell('claimed', t('line.served'));
  }

  function drop(outcome, text) {
    watch.stop();
    desk.stand(null);
    desk.tell(outcome, text);
  }

  async function read() {
    // In another view, or after a log-out.
    if (!element.isConnected) return watch.stop();
    const before = changes;
    const answer = await readPlace(seller, coupon, session());
    if (!element.isConnected) return watch.stop();
    // The answer may be older than what was done meanwhile.
    if (before !== changes) return;
    if (answer.status === 401) return logInAgain();
    if (answer.ok) return hear(answer.body.data);
    if (answer.status !== 404 && answer.status !== 409) return;
    if (isIn()) drop('asking', t('line.not'));
    else watch.stop();
  }

  const enter = oneAtATime(() => [button], async () => {
    const answer = await send(join);
    if (!answer) return;
    if (!answer.ok) return refuse(answer);
    desk.tell('claimed', t(answer.body.data.position === 0 ? 'line.served' : 'line.joined'));
    hear(answer.body.data);
  });

  async function ask() {
    if (await sure.ask(t('line.ask'), t('line.yes'), button)) go();
  }

  const go = oneAtATime(() => [button], async () => {
    const answer = await send(leave);
    if (!answer) return;
    if (answer.ok) drop('asking', t('line.left'));
    else if (wordOf(answer) === 'already-claimed') serve();
    else refuse(answer);
  });

  // Null where there is nothing to tell any more.
  async function send(what) {
    const who = session();
    desk.tell('asking', t('change.asking'));
    changes++;
    const answer = await decided(() => what(seller, coupon, who), desk.tell, element);
    changes++;
    if (answer?.status !== 401) return answer;
    logInAgain();
    return null;
  }

  function refuse(answer) {
    const word = wordOf(answer);
    if (word === 'not-sold-out') return desk.reopen(t('line.not-sold-out'));
    if (word === 'already-claimed') desk.stand('owned');
    if (word === 'returned') {
      noteGiven(seller, coupon);
      desk.stand('returned');
    }
    if (WORDS.has(word)) desk.tell(DONE.includes(face) ? 'asking' : 'refused', t(WORDS.get(word)));
    else if (answer.errMsg === 'No such coupon.') desk.tell('refused', t('claim.no-such-coupon'));
    else desk.tell('refused', isUndecided(answer) ? t('line.undecided') : problem(answer));
  }

  return {
    element,
    // The claim button shows something else.
    turn(to) {
      face = to;
      if (DONE.includes(to)) watch.stop();
      show();
    },
    // A claim was answered with the place.
    hear: position => hear({ position }),
    see(reading) {
      const isFirst = sale === null;
      sale = reading;
      watch.see(reading);
      show();
      // In another window, or before.
      if (isFirst && reading.waiting > 0 && !DONE.includes(face) && !isIn()) watch.start();
    },
    wake: watch.wake,
  };
}

const wordOf = answer => answer.headers?.get('Waiting-Result');

const WORDS = new Map([
  ['already-claimed', 'claim.already-claimed'], ['returned', 'claim.returned'], ['full', 'line.full'], ['ended', 'claim.ended'], ['no-waitlist', 'line.no-waitlist'],
]);

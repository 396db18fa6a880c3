// What a till is at. It outlives the view, which goes when the language changes or a link is followed: an answer that comes then, and codes that
// wait for their turn, are shown when the view comes again.

import { redeem } from '../api.js';
import { named } from '../dom.js';
import { freshKey } from '../keys.js';
import { t } from '../language.js';
import { session } from '../session.js';
import { problem } from '../widgets.js';
import { before, unit } from './answer.js';
import { grouped, parse } from './code.js';
import { device } from './device.js';
import { BATCH, isKept, isRefusedAsSent, keep, send, waiting } from './queue.js';

const MOST_PROBLEMS = 50;

let desk = null;

// The desk of a seller. view: null while there is none, or { show(), loggedOut() }. said: the last answer, { outcome, details() }. last: what can be
// taken back, { code, key }. codes: scanned, and not decided yet. problems: items of batches. trouble(): why the queue is not sent.
export function deskOf(seller) {
  if (desk?.seller !== seller) {
    desk = { seller, view: null, said: null, last: null, codes: [], problems: [], trouble: null, isBusy: false, isSending: false, isOffline: false };
  }
  return desk;
}

export function say(at, outcome, details = () => [], last = null) {
  Object.assign(at, { said: { outcome, details }, last });
  at.view?.show();
}

// One after the other, in the order of scanning: a scanner does not wait.
export async function work(at) {
  if (at.isBusy) return;
  at.isBusy = true;
  try {
    // A code whose turn comes after the log-out waits for the next log-in.
    while (at.codes.length > 0 && isHere(at) && await take(at, at.codes[0])) at.codes.shift();
  } finally {
    at.isBusy = false;
  }
}

// False if it is to be taken again after a log-in.
async function take(at, text) {
  const read = parse(text);
  if (!read) say(at, 'mistyped', () => [named(text.trim())]);
  // This till has let it pass already.
  else if (isKept(read)) say(at, 'again', () => [t('till.here')]);
  else return ask(at, { code: read, device: device(), at: Math.max(0, Date.now()), key: freshKey() });
  return true;
}

async function ask(at, item) {
  const details = () => [grouped(item.code)];
  // The last one was not answered: the next guests need not wait for that, too. It is sent at once, in the background.
  if (at.isOffline || navigator.onLine === false) return keepIt();
  say(at, 'asking', details);
  const result = await redeem(item);
  if (isUndecided(result)) {
    at.isOffline = true;
    return keepIt();
  }
  if (result.status === 401) {
    at.view?.loggedOut();
    return false;
  }
  tellOf(at, result, item);
  if (isHere(at) && waiting().length > 0) flush(at);
  return true;

  function keepIt() {
    say(at, keep(item, at.seller) ? 'kept' : 'full', details);
    flush(at);
    return true;
  }
}

function tellOf(at, result, item) {
  const word = result.headers.get('Redemption-Result');
  if (result.ok) say(at, 'won', () => unit(result.body.data), { code: item.code, key: freshKey() });
  else if (word) say(at, wordOf(word), () => before(result.body.data));
  // A proxy may say 404 of its own.
  else if (result.status === 404 && result.errMsg === 'No such code.') say(at, 'unknown', () => [grouped(item.code)]);
  else say(at, 'trouble', () => [problem(result)]);
}

// Sends what is kept. A batch that is refused is halved, until the item shows that cannot be sent.
export async function flush(at) {
  if (at.isSending || !isHere(at)) return;
  at.isSending = true;
  try {
    for (let size = BATCH; isHere(at);) {
      const { answer, items } = await send(size);
      if (!answer) break;
      if (answer.status === 401) {
        at.view?.loggedOut();
        break;
      }
      at.problems = [...items.filter(item => item.status !== 200).reverse(), ...at.problems].slice(0, MOST_PROBLEMS);
      // A batch may be refused for now where a single code is not: it was reached.
      if (!isUndecided(answer)) at.isOffline = false;
      if (answer.ok || isRefusedAsSent(answer)) at.trouble = null;
      else {
        // That it cannot be reached shows anyway.
        at.trouble = isUndecided(answer) ? null : () => problem(answer);
        break;
      }
      size = isRefusedAsSent(answer) && items.length === 0 ? Math.ceil(size / 2) : Math.min(2 * size, BATCH);
      at.view?.show();
    }
  } finally {
    at.isSending = false;
    at.view?.show();
  }
}

export const problemText = ({ status, result, errMsg }) => {
  if (status === 404) return t('till.unknown');
  return result ? t(`till.${wordOf(result)}`) : `${t('till.trouble')}: ${errMsg}`;
};

const WORDS = new Map([['redeemed', 'again'], ['returned', 'returned'], ['too-late', 'too-late'], ['undone', 'undone']]);

const wordOf = result => WORDS.get(result) ?? 'trouble';

const isHere = at => session()?.name === at.seller;

const isUndecided = answer => answer.status === 0 || answer.status >= 500;

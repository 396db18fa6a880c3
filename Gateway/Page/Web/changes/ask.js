// Asks for a change of one's own coupon, and says in words why it was not made.

import { change } from '../api.js';
import { freshKey } from '../keys.js';
import { number, t } from '../language.js';
import { session } from '../session.js';
import { problem } from '../widgets.js';

const TRIES = 4;

// What was asked for last, while its outcome is not known. One intent has one key, also when it is pressed again.
let pending = { intent: '', key: '' };

// what: { method, route, body }. wait: called before each repeat with the text to show; resolves to whether to go on.
export async function ask(coupon, what, version, wait) {
  const intent = JSON.stringify([session().name, coupon, what, version]);
  if (pending.intent !== intent) pending = { intent, key: freshKey() };
  const { key } = pending;
  for (let i = 1; ; i++) {
    const answer = await change(coupon, what, version, key);
    if (!isUndecided(answer)) {
      pending = { intent: '', key: '' };
      return answer;
    }
    const seconds = Number(answer.headers?.get('Retry-After')) || 1;
    if (i === TRIES || !await wait(t('change.again', { n: number(seconds), i: number(i) }), seconds)) return answer;
  }
}

// Why it was not made, or that this is not known.
export function refusal(answer) {
  const result = resultOf(answer);
  if (isUndecided(answer)) return t('change.undecided');
  if (result === 'below-owners') return below(answer.body.data);
  if (CONFLICTS.has(result)) return t(CONFLICTS.get(result));
  if (answer.status === 404) return t('claim.no-such-coupon');
  if (answer.status === 412) return t('change.meanwhile');
  if (answer.status === 422) return t('change.otherContent');
  return problem(answer);
}

const CONFLICTS = new Map([['no-owners', 'change.noOwners'], ['started', 'change.started']]);

const resultOf = answer => answer.headers?.get('Change-Result');

// A repeat that meets the first one still under way waits for it.
const isUndecided = answer => answer.status === 0 || answer.status >= 500 || resultOf(answer) === 'in-progress';

function below({ owners, held }) {
  return t(held > 0 ? 'change.belowHeld' : 'change.below', { owners: number(owners), held: number(held), least: number(owners + held) });
}

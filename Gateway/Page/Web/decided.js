// Asks until it is decided: only for what is safe to send again.

import { number, t } from './language.js';

const TRIES = 6;

export const isUndecided = answer => answer.status === 0 || answer.status >= 500;

// tell(outcome, text): called before each repeat. element: when it is gone, after a log-out or in another view, the answer is null.
export async function decided(ask, tell, element) {
  for (let i = 1; ; i++) {
    const answer = await ask();
    if (!element.isConnected) return null;
    if (!isUndecided(answer) || i === TRIES) return answer;
    const seconds = Number(answer.headers?.get('Retry-After')) || 1;
    tell('undecided', t('change.again', { n: number(seconds), i: number(i) }));
    await new Promise(resolve => setTimeout(resolve, 1000 * seconds));
    if (!element.isConnected) return null;
  }
}

// A question before what cannot be undone, in its place. The keyboard starts at the answer that does nothing, and goes back to where it was.

import { el, say } from './dom.js';
import { t } from './language.js';

export function question(id) {
  const text = el('p', { id }), yes = el('button', { type: 'button', class: 'danger', onclick: () => close(true) });
  const no = el('button', { type: 'button', onclick: () => close(false) }, t('change.no'));
  const element = el('div', { class: 'question', role: 'group', 'aria-labelledby': id, hidden: true, onkeydown: leave });
  let opener = null, decide = () => {};

  function leave(event) {
    if (event.key === 'Escape') close(false);
  }

  function close(isYes) {
    opener.focus();
    element.hidden = true;
    decide(isYes);
  }

  return {
    element,
    // Whether it was answered with yes.
    ask(words, yesWords, from) {
      opener = from;
      // One that is open is asked anew.
      decide(false);
      say(text, words);
      say(yes, yesWords);
      element.replaceChildren(text, el('div', { class: 'buttons' }, yes, no));
      element.hidden = false;
      no.focus();
      return new Promise(resolve => { decide = resolve; });
    },
  };
}

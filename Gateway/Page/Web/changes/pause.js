// Pause, with a reason, or resume.

import { el, say } from '../dom.js';
import { t } from '../language.js';
import { field } from '../widgets.js';

const MAX_REASON = 200;

export function pausing(send) {
  const reason = field('reason', t('change.reason'), { autocomplete: 'off' }, t('change.reasonHint'));
  const button = el('button', { type: 'submit' }, t('change.pause'));
  let version, isPaused = false;

  function submit(event) {
    event.preventDefault();
    if (isPaused) return send(element, { method: 'POST', route: 'resume' }, version, sale => t(sale.state === 'paused' ? 'change.resumedStopped' : 'change.resumed'));
    const text = reason.input.value.trim();
    if (!reason.check([...text].length > MAX_REASON ? t('error.tooLong', { n: MAX_REASON }) : null)) return reason.input.focus();
    send(element, { method: 'POST', route: 'pause', body: text ? { reason: text } : undefined }, version, () => {
      reason.input.value = '';
      return t('change.paused');
    });
  }

  const element = el('form', { novalidate: true, 'aria-labelledby': 'pausing', onsubmit: submit }, el('h3', { id: 'pausing' }, t('change.pausing')), reason.element, el('div', { class: 'buttons' }, button));
  return {
    element,
    see(sale, isPausedBySeller) {
      version = sale.version;
      isPaused = isPausedBySeller;
      // The same button, so that it keeps the focus.
      if (isPaused && document.activeElement === reason.input) button.focus();
      reason.element.hidden = isPaused;
      say(button, t(isPaused ? 'change.resume' : 'change.pause'));
      button.classList.toggle('primary', isPaused);
    },
    pass() {},
  };
}

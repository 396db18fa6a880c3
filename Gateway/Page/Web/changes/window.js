// Start and end, or the end at once.

import { el } from '../dom.js';
import { t } from '../language.js';
import { local, timeOf, windowFields } from '../times.js';
import { question } from '../question.js';
import { shown } from './shown.js';

export function windows(send) {
  const fields = windowFields(), edges = [['startsAt', fields.starts], ['endsAt', fields.ends]];
  const end = el('button', { type: 'button', onclick: ask }, t('change.endNow'));
  const form = shown(fields.starts.input, fields.ends.input), sure = question('sure-window');
  let version;

  function submit(event) {
    event.preventDefault();
    if (!fields.check()) return element.querySelector('[aria-invalid]').focus();
    // What was not typed stays, to the millisecond.
    const body = Object.fromEntries(edges.filter((_, i) => form.isTouched(i)).map(([name, field]) => [name, timeOf(field) ?? null]));
    put(body, form.version(), sale => t(sale.state === 'ended' ? 'change.ended' : 'change.windowIs'));
  }

  async function ask() {
    const seen = version;
    if (await sure.ask(t('change.endAsk'), t('change.endYes'), end)) put({ endsAt: 'now' }, seen, () => t('change.ended'));
  }

  const put = (body, seen, done) => send(element, Object.keys(body).length > 0 ? { method: 'PUT', route: 'window', body } : null, seen, done);

  const element = el('form', { novalidate: true, 'aria-labelledby': 'windows', onsubmit: submit },
    el('h3', { id: 'windows' }, t('change.window')), fields.elements, el('div', { class: 'buttons' }, el('button', { type: 'submit' }, t('change.setWindow')), end), sure.element);
  return {
    element,
    see(sale, isPaused, isAnew) {
      version = sale.version;
      form.see(version, [local(sale.startsAt), local(sale.endsAt)], isAnew);
      if (isAnew) fields.check();
    },
    pass: form.pass,
  };
}

// More units, or fewer, or none beyond what is sold.

import { el } from '../dom.js';
import { number, t } from '../language.js';
import { field, whole } from '../widgets.js';
import { question } from '../question.js';
import { shown } from './shown.js';

export function amounts(send) {
  const amount = field('amount', t('change.amount'), { required: true, inputmode: 'numeric', autocomplete: 'off' });
  const set = el('button', { type: 'submit' }, t('change.setAmount'));
  const close = el('button', { type: 'button', onclick: () => ask(close, 'sold', version) }, t('change.close'));
  const form = shown(amount.input), sure = question('sure-amount');
  let version, sold = 0, isOpen = true;

  function submit(event) {
    event.preventDefault();
    if (!amount.check(whole(amount.input.value, 1))) return amount.input.focus();
    const wanted = Number(amount.input.value);
    // As many as are sold: nothing would be left.
    if (wanted === sold && isOpen) ask(set, wanted, form.version());
    else put(wanted, form.version());
  }

  async function ask(from, wanted, seen) {
    if (await sure.ask(t('change.closeAsk'), t('change.closeYes'), from)) put(wanted, seen);
  }

  const put = (wanted, seen) => send(element, { method: 'PUT', route: 'amount', body: { amount: wanted } }, seen,
    now => t('change.amountIs', { amount: number(now.amount), left: number(now.left) }));

  function read(now) {
    [sold, isOpen] = [now.amount - now.left, now.left > 0];
  }

  const element = el('form', { novalidate: true, 'aria-labelledby': 'amounts', onsubmit: submit },
    el('h3', { id: 'amounts' }, t('change.amounts')), amount.element, el('div', { class: 'buttons' }, set, close), sure.element);
  return {
    element,
    see(now, isPaused, isAnew) {
      version = now.version;
      read(now);
      form.see(version, [`${now.amount}`], isAnew);
      if (isAnew) amount.check(null);
    },
    read,
    pass: form.pass,
  };
}

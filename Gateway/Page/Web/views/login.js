// Log in, or register as a customer or a seller.

import { logIn, register } from '../api.js';
import { el, say } from '../dom.js';
import { t } from '../language.js';
import { begin, homes } from '../session.js';
import { field, heading, oneAtATime, problem } from '../widgets.js';

const MAX_NAME = 20;

// back: the hash to return to. ended: whether a session has expired.
export function login(main, back, ended) {
  const name = field('username', t('login.name'), { autocomplete: 'username', required: true }, t('login.nameHint', { n: MAX_NAME }));
  const password = field('password', t('login.password'), { type: 'password', autocomplete: 'current-password', required: true });
  const kinds = ['customer', 'saler'].map((kind, i) => el('label', { class: 'choice' },
    el('input', { type: 'radio', name: 'kind', value: kind, checked: i === 0 }), el('span', {}, el('b', {}, t(`kind.${kind}`)), t(`kind.${kind}.does`))));
  const result = el('p', { class: 'result', role: 'alert' });

  const known = el('button', { class: 'primary', type: 'submit', id: 'login' }, t('nav.login'));
  const fresh = el('button', { type: 'button', id: 'register', onclick: () => enter(true) }, t('register.button'));
  const enter = oneAtATime(() => [known, fresh], async isNew => {
    // The error is shown beside the pressed button.
    (isNew ? fresh : known).after(result);
    say(result, '');
    const [who, word] = [name.input.value, password.input.value];
    const isRight = [
      name.check(!who ? t('error.required') : [...who].length > MAX_NAME ? t('error.tooLong', { n: MAX_NAME }) : null),
      password.check(word ? null : t('error.required')),
    ].every(Boolean);
    if (!isRight) return form.querySelector('[aria-invalid]').focus();

    const answer = isNew ? await register(who, word, form.elements.kind.value) : null;
    const entry = answer && !answer.ok ? answer : await logIn(who, word);
    if (!form.isConnected) return;
    if (!entry.ok) return say(result, problem(entry));
    if (!homes.has(entry.kind) || !entry.token) return say(result, t('error.unavailable'));
    begin(who, entry.kind, entry.token);
    const others = homes.get(entry.kind === 'saler' ? 'customer' : 'saler');
    location.replace(back?.startsWith('#/') && !back.startsWith(others) ? back : homes.get(entry.kind));
  });

  const form = el('form', { class: 'card narrow', novalidate: true, onsubmit: event => { event.preventDefault(); enter(false); } },
    name.element, password.element,
    known,
    el('fieldset', {}, el('legend', {}, t('register.legend')), kinds, fresh));
  main.append(heading(t('nav.login')), ended ? el('p', { role: 'status' }, t('login.ended')) : '', form);
}

// A seller's till: type, paste or scan a code, and read the answer. The field has the focus whenever nothing else was chosen.

import { undoRedemption } from '../api.js';
import { el, say as put } from '../dom.js';
import { count, number, t } from '../language.js';
import { session } from '../session.js';
import { answerBox, before, unit } from '../till/answer.js';
import { grouped } from '../till/code.js';
import { deskOf, flush, problemText, say, work } from '../till/desk.js';
import { call, device, MAX_DEVICE } from '../till/device.js';
import { waiting } from '../till/queue.js';
import { card, field, heading, isFor, logInAgain, oneAtATime, problem } from '../widgets.js';

const SEND_EVERY = 15_000;

export function till(main) {
  if (!isFor('saler', main)) return;
  const desk = deskOf(session().name);
  const code = field('code', t('till.code'), { autocomplete: 'off', autocapitalize: 'characters', enterkeyhint: 'go', maxlength: '200', class: 'code' }, t('till.codeHint'));
  const name = field('device', t('till.device'), { autocomplete: 'off', value: device() }, t('till.deviceHint'));
  const answer = answerBox();
  const back = el('button', { type: 'button', hidden: true, onclick: oneAtATime(() => [back], undo) }, t('till.undo'));
  const form = el('form', { class: 'till', novalidate: true, onsubmit: submit }, code.element, el('button', { class: 'primary', type: 'submit' }, t('till.redeem')));
  const queued = el('p', { id: 'till-queued', role: 'status' }), trouble = el('p', { class: 'fault', role: 'status' }), problems = el('ul', { class: 'problems' });
  const sending = el('button', { type: 'button', hidden: true, onclick: send }, t('till.send'));
  let said = null, told = null;

  main.append(heading(t('till.title')), card('till-card', t('till.card'), [form, answer.element, back]),
    el('div', { class: 'columns' }, card('till-offline', t('till.offline'), [queued, trouble, sending, problems]), card('till-device', t('till.this'), name.element)));
  name.input.addEventListener('change', () => {
    if (name.check([...name.input.value].length > MAX_DEVICE ? t('error.tooLong', { n: MAX_DEVICE }) : null)) call(name.input.value);
    name.input.value = device();
  });
  desk.view = { show, loggedOut: logInAgain };
  show();
  code.input.focus();
  work(desk);

  function submit(event) {
    event.preventDefault();
    const text = code.input.value;
    code.input.value = '';
    code.input.focus();
    if (!text.trim()) return;
    desk.codes.push(text);
    work(desk);
  }

  // A scanner ends with Enter, which would press the button again.
  function send() {
    code.input.focus();
    flush(desk);
  }

  async function undo() {
    const { last } = desk;
    if (!last) return;
    const result = await undoRedemption(last.code, last.key);
    if (result.status === 401) return desk.view?.loggedOut();
    // Another code was scanned meanwhile, and its answer is shown.
    const isShown = desk.last === last;
    if (result.ok) say(desk, 'undone', () => unit(result.body.data), isShown ? null : desk.last);
    else if (result.status === 409) say(desk, 'trouble', () => [t('till.undoLate')], isShown ? null : desk.last);
    else say(desk, 'trouble', () => [problem(result)], desk.last);
    code.input.focus();
  }

  function show() {
    if (said !== desk.said) answer.show(desk.said.outcome, desk.said.details());
    said = desk.said;
    // What is hidden loses the focus.
    if (!desk.last && document.activeElement === back) code.input.focus();
    back.hidden = !desk.last;
    const n = session() ? waiting().length : 0;
    put(queued, n === 0 ? t('till.nothingQueued') : count('till.queued', n, { n: number(n) }));
    put(trouble, n > 0 ? desk.trouble?.() ?? '' : '');
    if (n === 0 && document.activeElement === sending) code.input.focus();
    sending.hidden = n === 0;
    if (told === desk.problems) return;
    told = desk.problems;
    problems.replaceChildren(...told.map(item => el('li', {}, el('b', {}, grouped(item.sent.code)), ' ', problemText(item), ' ', ...before(item.data ?? {}))));
  }

  const timer = setInterval(() => { if (waiting().length > 0) flush(desk); }, SEND_EVERY);
  // A tap beside everything, or the way back from another window: the scanner types on.
  const refocus = event => { if (!event.target.closest?.('a, button, input, label')) code.input.focus(); };
  // Nor does a button that was pressed, wherever it is.
  const typed = event => {
    if (/^[!-~]$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey && !event.target.closest?.('input')) code.input.focus();
  };
  const returned = () => { if (document.activeElement === document.body) code.input.focus(); };
  const online = () => flush(desk);
  main.addEventListener('click', refocus);
  addEventListener('keydown', typed);
  addEventListener('focus', returned);
  addEventListener('online', online);
  if (waiting().length > 0) flush(desk);
  return () => {
    desk.view = null;
    clearInterval(timer);
    main.removeEventListener('click', refocus);
    removeEventListener('keydown', typed);
    removeEventListener('focus', returned);
    removeEventListener('online', online);
  };
}

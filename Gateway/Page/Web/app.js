// The frame: session, language, view.

import { logOut } from './api.js';
import { el, named, svg } from './dom.js';
import { apply, other, t, use } from './language.js';
import { end, isCustomer, isSeller, session } from './session.js';
import { byBrowser } from './storage.js';
import { board } from './views/board.js';
import { login } from './views/login.js';
import { market } from './views/market.js';
import { receipt } from './views/receipt.js';
import { sale } from './views/sale.js';
import { shop } from './views/shop.js';
import { till } from './views/till.js';

// A Map: the view's name comes from the address, and plain objects have inherited names.
const views = new Map([['', board], ['sale', sale], ['login', login], ['shop', shop], ['till', till], ['market', market], ['receipt', receipt]]);
// Views of one coupon, with its seller and its name.
const ofSale = new Set(['sale', 'receipt']);
const main = document.getElementById('main');

const THEME = 'theme';
const dark = document.getElementById('dark');
// The media for which the dark style sheet holds.
const themes = new Map([['dark', 'all'], ['light', 'not all']]);

let leave = () => {};

// #/sale/bob/breakfast: a view and its arguments, each percent-encoded.
function route() {
  const [, view, ...rest] = location.hash.split('/');
  const names = rest.map(decode);
  // No sale has an empty name, or one that browsers take for a path step.
  const isKnown = views.has(view) && (!ofSale.has(view) || (names.length > 1 && !names.slice(0, 2).some(name => ['', '.', '..'].includes(name))));
  return isKnown ? { view, rest: names } : { view: '', rest: [] };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Re-renders in the other language and keeps the input.
function speak(code) {
  const fields = () => [...main.querySelectorAll('input')];
  const before = fields();
  use(code);
  show(false);
  fields().forEach((field, i) => {
    field.value = before[i].value;
    field.checked = before[i].checked;
  });
  if (!hasFocus()) document.getElementById('language').focus();
}

// A view may put the keyboard where it is needed.
const hasFocus = () => main.querySelector(':focus') !== null;

// focus: after a link the keyboard goes on at the heading; after a load, at the top.
function show(focus) {
  leave();
  const { view, rest } = route();
  frame(view);
  main.replaceChildren();
  document.title = 'SecKill';
  leave = views.get(view)(main, ...rest) ?? (() => {});
  if (!focus) return;
  if (!hasFocus()) main.querySelector('h1')?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function frame(view) {
  apply();
  document.getElementById('skip').textContent = t('skip');
  const who = session();
  const link = (name, text) => el('a', { href: `#/${name}`, 'aria-current': view === name ? 'page' : null }, text);
  document.getElementById('header').replaceChildren(
    el('a', { class: 'brand', href: '#/' },
      svg('svg', { viewBox: '0 0 32 32', 'aria-hidden': 'true' }, svg('path', { d: 'M18.5 2 6 18.5h7.5L12 30l14-18.5h-7.800z' })), 'SecKill'),
    el('nav', { 'aria-label': t('nav.label') },
      link('', t('nav.board')),
      isSeller() ? [link('shop', t('shop.title')), link('till', t('till.title'))] : null,
      isCustomer() ? link('market', t('market.title')) : null),
    el('div', { class: 'who' },
      el('button', { class: 'quiet', type: 'button', 'aria-label': t('theme'), title: t('theme'), onclick: turn },
        svg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: 'M12 3a9 9 0 1 0 0 18zM12 1a11 11 0 1 1 0 22 11 11 0 0 1 0-22z' }))),
      el('button', { class: 'quiet', type: 'button', id: 'language', lang: other().code, onclick: () => speak(other().code) }, other().name),
      who
        ? [named(who.name, { class: 'name', title: who.name }), el('button', { class: 'quiet', type: 'button', onclick: goOut }, t('nav.logout'))]
        : el('a', { class: 'button', href: '#/login' }, t('nav.login'))));
  document.getElementById('footer').replaceChildren(
    el('p', {}, t('footer.about'), ' ', el('a', { href: '/api/live', rel: 'nofollow' }, t('footer.feed'))));
}

async function goOut() {
  await logOut();
  end();
  if (location.hash === '#/' || location.hash === '') show(true);
  else location.hash = '#/';
}

// Dark or light: the system's setting until changed here.
function turn() {
  byBrowser.set(THEME, matchMedia(dark.media).matches ? 'light' : 'dark');
  paint();
}

function paint() {
  dark.media = themes.get(byBrowser.get(THEME)) ?? dark.media;
}

paint();
addEventListener('hashchange', () => show(true));
// Its hash would be another view.
document.getElementById('skip').addEventListener('click', event => {
  event.preventDefault();
  main.focus();
});
show(false);

// Texts and numbers in the reader's language: the one chosen here before, else the browser's, else English.

import { byBrowser } from './storage.js';
import en from './texts/en.js';
import zh from './texts/zh.js';

// Maps: keys may come from storage or a server, and plain objects have inherited names.
const texts = new Map([['en', new Map(Object.entries(en))], ['zh', new Map(Object.entries(zh))]]);
const names = new Map([['en', 'English'], ['zh', '中文']]);
const KEY = 'language';

let language = choose();

export const t = (key, values) => tell(key, values).join('');

// As t, where values may be elements: a list of texts and elements.
export function tell(key, values = {}) {
  return (texts.get(language).get(key) ?? key).split(/\{(\w+)\}/).map((part, i) => (i % 2 === 0 ? part : values[part]));
}

// A text with a singular form.
export const count = (key, n, values) => t(n === 1 ? `${key}.one` : key, values);

export function number(value, digits = 0) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
}

export function moment(time) {
  return new Intl.DateTimeFormat(language, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }).format(time);
}

export const other = () => {
  const code = language === 'en' ? 'zh' : 'en';
  return { code, name: names.get(code) };
};

export function use(code) {
  language = code;
  byBrowser.set(KEY, code);
  apply();
}

export function apply() {
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
}

function choose() {
  const stored = byBrowser.get(KEY);
  if (texts.has(stored)) return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

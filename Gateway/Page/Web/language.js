// Texts and numbers in the reader's language: the one chosen here before, else the browser's, else English.

import en from './texts/en.js';
import zh from './texts/zh.js';

const texts = { en, zh };
const names = { en: 'English', zh: '中文' };
const KEY = 'language';

let language = choose();

export function t(key, values = {}) {
  return texts[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function number(value, digits = 0) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
}

export const current = () => language;

export const other = () => {
  const code = language === 'en' ? 'zh' : 'en';
  return { code, name: names[code] };
};

export function use(code) {
  language = code;
  localStorage.setItem(KEY, code);
  apply();
}

export function apply() {
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
}

function choose() {
  const stored = localStorage.getItem(KEY);
  if (stored in texts) return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

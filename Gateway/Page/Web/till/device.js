// The name of this till: the seller's words, or a made-up one that stays.

import { freshKey } from '../keys.js';
import { byBrowser } from '../storage.js';

const KEY = 'till.device';
export const MAX_DEVICE = 64;

export function device() {
  const known = clean(byBrowser.get(KEY) ?? '');
  if (known) return known;
  const name = `till ${freshKey().slice(0, 4)}`;
  byBrowser.set(KEY, name);
  return name;
}

export const call = name => byBrowser.set(KEY, clean(name));

// The servers refuse control characters and halves of characters, which a pasted name may have, and longer names.
const clean = name => [...name.replace(/[\p{Cc}\p{Cs}]/gu, '').trim()].slice(0, MAX_DEVICE).join('');

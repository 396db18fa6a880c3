// The session of this tab; ends with the tab.

import { byTab } from './storage.js';

const KEY = 'session';

// The home view of each kind of user; closed to the other kind.
export const homes = new Map([['saler', '#/shop'], ['customer', '#/market']]);

// { name, kind, token }, or null.
export function session() {
  try {
    const who = JSON.parse(byTab.get(KEY));
    return who && homes.has(who.kind) && typeof who.name === 'string' && typeof who.token === 'string' ? who : null;
  } catch {
    return null;
  }
}

export function begin(name, kind, token) {
  byTab.set(KEY, JSON.stringify({ name, kind, token }));
}

export function end() {
  byTab.remove(KEY);
}

export const isSeller = () => session()?.kind === 'saler';
export const isCustomer = () => session()?.kind === 'customer';

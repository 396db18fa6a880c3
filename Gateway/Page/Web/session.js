// Who is logged in, in this tab: it ends with the tab.

const KEY = 'session';

export function session() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
}

export function begin(name, kind, token) {
  sessionStorage.setItem(KEY, JSON.stringify({ name, kind, token }));
}

export function end() {
  sessionStorage.removeItem(KEY);
}

// Where each kind is at home; nobody else is let in.
export const homes = { saler: '#/shop', customer: '#/market' };

export const isSeller = () => session()?.kind === 'saler';
export const isCustomer = () => session()?.kind === 'customer';

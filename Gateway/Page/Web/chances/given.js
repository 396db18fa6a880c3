// Which units were given back in this browser: their customers cannot have another, and no list tells.

import { session } from '../session.js';
import { byBrowser } from '../storage.js';

const KEY = 'given';
const MOST = 200;

const key = (seller, coupon) => JSON.stringify([session()?.name, seller, coupon]);

export const isGiven = (seller, coupon) => all().includes(key(seller, coupon));

export function noteGiven(seller, coupon) {
  if (!isGiven(seller, coupon)) byBrowser.set(KEY, JSON.stringify([...all(), key(seller, coupon)].slice(-MOST)));
}

function all() {
  try {
    const keys = JSON.parse(byBrowser.get(KEY));
    return Array.isArray(keys) ? keys : [];
  } catch {
    return [];
  }
}

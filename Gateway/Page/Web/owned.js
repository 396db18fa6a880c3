// Whether the logged-in customer owns a coupon, so that no button offers a second one.

import { list } from './api.js';
import { newestFirst } from './newest.js';
import { session } from './session.js';

// The most pages searched, newest first; for older coupons only a claim tells.
const FAR = 10;

const key = (seller, coupon) => JSON.stringify([seller, coupon]);

// Reads no further than needed: has(seller, coupon) answers once the coupon is found or the list ends.
export function owned() {
  const { name } = session(), found = new Set(), steps = [];
  const pages = newestFirst(page => list(name, page));

  async function step() {
    const { coupons, isMore } = await pages.next();
    coupons.forEach(coupon => found.add(key(coupon.seller, coupon.name)));
    return isMore;
  }

  return {
    async has(seller, coupon) {
      const wanted = key(seller, coupon);
      try {
        for (let i = 0; i < FAR && !found.has(wanted); i++) {
          // All callers share the same step.
          if (!steps[i]) steps[i] = step();
          if (!await steps[i]) break;
        }
      } catch {
        // Unavailable: show the button; its answer will tell.
      }
      return found.has(wanted);
    },
  };
}

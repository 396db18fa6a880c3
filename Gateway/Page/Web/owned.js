// Whether the logged-in customer owns a coupon, so that no button offers a second one.

import { list } from './api.js';
import { newestFirst } from './newest.js';
import { session } from './session.js';

// So many pages are looked through, from the newest on; of what is older only a claim tells.
const FAR = 10;

const key = (seller, coupon) => JSON.stringify([seller, coupon]);

// Reads no further than it must: has(seller, coupon) answers as soon as that one is found, or the list is at its end.
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

// Lists come oldest first, in pages and without a length. This reads them from the end.

import { pageSize } from './api.js';

// More pages than any list has.
const MOST = 2 ** 20;

export class Refused extends Error {
  constructor(answer) {
    super(answer.errMsg);
    this.answer = answer;
  }
}

// read: answers with a page. next(): { coupons, isMore }, newest first, a page or somewhat more; throws Refused.
export function newestFirst(read) {
  const answers = new Map();
  let next = null;

  async function page(number) {
    if (!answers.has(number)) {
      const answer = await read(number);
      if (!answer.ok) throw new Refused(answer);
      answers.set(number, answer.coupons);
    }
    return answers.get(number);
  }

  // Doubles until a page is empty, then bisects. A page that is not full need not be the last: unreadable rows are left out.
  async function last() {
    let full = 0, empty = 1;
    while (empty < MOST && (await page(empty)).length > 0) [full, empty] = [empty, 2 * empty];
    while (empty - full > 1) {
      const middle = (full + empty) >> 1;
      if ((await page(middle)).length > 0) full = middle;
      else empty = middle;
    }
    return full;
  }

  return {
    async next() {
      let number = next ?? await last();
      const coupons = [];
      while (number > 0 && coupons.length < pageSize) coupons.push(...[...await page(number--)].reverse());
      next = number;
      return { coupons, isMore: number > 0 };
    },
  };
}

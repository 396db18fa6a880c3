// What a till let pass while it was offline, kept in the browser until it is sent. Tabs may share it: a key makes sending twice safe.

import { redeemBatch } from '../api.js';
import { session } from '../session.js';
import { byBrowser } from '../storage.js';

const KEY = 'till.queue';
export const BATCH = 500;
// Some 200 bytes each; browsers keep 5 MB.
const MOST = 10_000;

// Of the seller who is logged in: [{ seller, code, device, at, key }].
export const waiting = () => all().filter(item => item.seller === session()?.name);

export const isKept = code => waiting().some(item => item.code === code);

// Of a seller, who may have logged out since it was scanned. False if there is no room.
export function keep(item, seller) {
  const items = all();
  if (items.length >= MOST) return false;
  byBrowser.set(KEY, JSON.stringify([...items, { ...item, seller }]));
  return true;
}

// Sends a batch of some size: { answer, items: [{ sent, status, result, data, errMsg }] }; answer is null where nothing waits. One that is refused
// alone is dropped, and told among the items: it would hold up all others for ever.
export async function send(size) {
  const batch = waiting().slice(0, size);
  if (batch.length === 0) return { answer: null, items: [] };
  const answer = await redeemBatch(batch.map(({ code, device, at, key }) => ({ code, device, at, key })));
  const isBad = batch.length === 1 && isRefusedAsSent(answer);
  if (!answer.ok && !isBad) return { answer, items: [] };
  // Read again: more may have been kept meanwhile.
  const sent = new Set(batch.map(item => item.key));
  byBrowser.set(KEY, JSON.stringify(all().filter(item => !sent.has(item.key))));
  const items = isBad ? [{ status: answer.status, errMsg: answer.errMsg }] : answer.body.data;
  return { answer, items: items.map((item, i) => ({ ...item, sent: batch[i] })) };
}

// For what is in it, which no repeat changes.
export const isRefusedAsSent = answer => answer.status === 400 || answer.status === 413;

function all() {
  try {
    const items = JSON.parse(byBrowser.get(KEY));
    return Array.isArray(items) ? items.filter(item => typeof item?.key === 'string' && typeof item.code === 'string') : [];
  } catch {
    return [];
  }
}

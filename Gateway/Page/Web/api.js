// The public, documented API.

import { session } from './session.js';

const users = name => `/api/users/${encodeURIComponent(name)}`;
const coupons = name => `${users(name)}/coupons`;

export const livePath = (seller, coupon) => `/api/live/${encodeURIComponent(seller)}/${encodeURIComponent(coupon)}`;

export const register = (username, password, kind) => send('POST', '/api/users', { username, password, kind });

// Returns a token if the password is right.
export async function logIn(username, password) {
  const answer = await send('POST', '/api/auth', { username, password });
  return { ...answer, kind: answer.body?.kind, token: answer.headers?.get('Authorization') };
}

export const logOut = () => send('POST', '/api/auth/logout');

export const create = coupon => send('POST', coupons(session().name), coupon);

// A page of a list: { status, errMsg, coupons }; one's own coupons tell their sellers.
export async function list(name, page = 1) {
  const answer = await send('GET', `${coupons(name)}?page=${page}&with=seller`);
  return { ...answer, coupons: answer.body?.data ?? [] };
}

export const pageSize = 20;

// The answer with the coupon as it is now, or null; and when it was asked for.
export async function look(seller, coupon) {
  const asked = performance.now();
  const answer = await send('GET', `${coupons(seller)}/${encodeURIComponent(coupon)}`);
  return { ...answer, asked, coupon: answer.ok ? answer.body.data : null };
}

// Changes one's own coupon if it still has that version. A repeat with the same key takes effect once.
export const change = (coupon, { method, route, body }, version, key) =>
  send(method, `${coupons(session().name)}/${encodeURIComponent(coupon)}/${route}`, body, session().token, { 'If-Match': `"${version}"`, 'Idempotency-Key': key });

// The record of changes of one's own coupon, of those later than a version.
export const operations = (coupon, after) => send('GET', `${coupons(session().name)}/${encodeURIComponent(coupon)}/operations?after=${after}`);

// What a coupon has of a customer.
const of = (name, seller, coupon, what) => `${coupons(seller)}/${encodeURIComponent(coupon)}/${what}/${encodeURIComponent(name)}`;

// The receipt of one's own unit.
export const receipt = (seller, coupon) => send('GET', `${of(session().name, seller, coupon, 'claims')}/receipt`);

// who: the session that asks, the same for all repeats, which are safe.
export const giveBack = (seller, coupon, who) => send('DELETE', of(who.name, seller, coupon, 'claims'), null, who.token);

// The line of a coupon: join it, read one's place, leave it. The first two answer with { position, of }; who has been served has position 0.
export const join = (seller, coupon, who) => send('PUT', of(who.name, seller, coupon, 'waiting'), null, who.token);
export const readPlace = (seller, coupon, who) => send('GET', of(who.name, seller, coupon, 'waiting'), null, who.token);
export const leave = (seller, coupon, who) => send('DELETE', of(who.name, seller, coupon, 'waiting'), null, who.token);

// A guest waits at the till. What is not answered by then is kept, and sent with its key again.
const PATIENCE_AT_TILL = 3_000;

// Redeems a code of one's own coupons. A repeat with the same key has the first one's answer.
export const redeem = ({ code, device, at, key }) =>
  send('POST', `${users(session().name)}/redemptions`, { code, device, at }, session().token, { 'Idempotency-Key': key }, PATIENCE_AT_TILL);

// The same for what was let pass offline; each item has its key.
export const redeemBatch = items => send('POST', `${users(session().name)}/redemptions/batch`, items);

export const undoRedemption = (code, key) => send('DELETE', `${users(session().name)}/redemptions/${code}`, null, session().token, { 'Idempotency-Key': key });

// The sellers of the busiest sales.
export async function busySellers() {
  const answer = await send('GET', '/api/live', null, null, { Accept: 'application/json' });
  return [...new Set((answer.body?.sales ?? []).map(sale => sale.seller))];
}

// A sale counted up, for its seller.
export const report = (seller, coupon) => send('GET', `${coupons(seller)}/${encodeURIComponent(coupon)}/report`);

// All claims as a CSV file: { status, ok, file }. It may take minutes, so there is no timeout; a file that breaks off has status 0.
export async function claimsFile(seller, coupon) {
  try {
    const response = await fetch(`${coupons(seller)}/${encodeURIComponent(coupon)}/claims`, { cache: 'no-store', headers: { Accept: 'text/csv', Authorization: session().token } });
    return response.ok
      ? { status: response.status, ok: true, file: await response.blob() }
      : { status: response.status, ok: false, headers: response.headers, errMsg: read(await response.text())?.errMsg ?? '' };
  } catch {
    return { status: 0, ok: false, errMsg: '' };
  }
}

// The timeout of a request in milliseconds.
const PATIENCE = 15_000;

// { outcome: 'claimed' | 'sold-out' | 'already-claimed' | 'no-such-coupon' | 'not-started' | 'ended' | 'paused' | 'returned' | 'waiting' | 'undecided' | 'refused',
//   retryAfter, startsIn (milliseconds), place (in line), errMsg }
// token: the claimant's, the same for all retries.
export async function claim(seller, coupon, token) {
  const answer = await send('PATCH', `${coupons(seller)}/${encodeURIComponent(coupon)}`, null, token);
  const result = answer.headers?.get('Claim-Result');
  if (result) {
    const told = name => Number(answer.headers.get(name)) || 0;
    return { outcome: result, startsIn: told('Claim-Starts-In'), place: told('Waiting-Position') };
  }
  if (answer.status === 0 || answer.status >= 500)
    return { outcome: 'undecided', retryAfter: Number(answer.headers?.get('Retry-After')) || 1 };
  return { outcome: 'refused', status: answer.status, errMsg: answer.errMsg };
}

// Does not throw on network failures: unreachable, timed out or unreadable answers have status 0.
async function send(method, path, body, token = session()?.token, headers = {}, patience = PATIENCE) {
  if (token) headers.Authorization = token;
  if (body) headers['Content-Type'] = 'application/json';
  const answer = await reach(path, { method, headers, body: body && JSON.stringify(body) },
    async response => ({ response, json: read(await response.text()) }), patience);
  if (!answer || (answer.response.ok && answer.json === undefined)) return { status: 0, ok: false, headers: null, body: null, errMsg: '' };
  const { response, json } = answer;
  return { status: response.status, ok: response.ok, headers: response.headers, body: json, errMsg: json?.errMsg ?? '' };
}

// The result of take(response); null on timeout. Without AbortSignal.timeout, which older browsers lack.
export async function reach(path, options, take, patience = PATIENCE) {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), patience);
  const request = { ...options, cache: 'no-store', signal: end.signal };
  try {
    return await take(await fetch(path, request));
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}

// Undefined if it is not JSON, such as a proxy's error page.
function read(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return undefined;
  }
}

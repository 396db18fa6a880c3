// The documented API, as anybody may call it.

import { session } from './session.js';

const users = name => `/api/users/${encodeURIComponent(name)}`;
const coupons = name => `${users(name)}/coupons`;

export const livePath = (seller, coupon) => `/api/live/${encodeURIComponent(seller)}/${encodeURIComponent(coupon)}`;

export const register = (username, password, kind) => send('POST', '/api/users', { username, password, kind });

// Answers with a token where the password is right.
export async function logIn(username, password) {
  const answer = await send('POST', '/api/auth', { username, password });
  return { ...answer, kind: answer.body?.kind, token: answer.headers?.get('Authorization') };
}

export const logOut = () => send('POST', '/api/auth/logout');

export const create = coupon => send('POST', coupons(session().name), coupon);

// A page of a list: { status, errMsg, coupons }.
export async function list(name, page = 1) {
  const answer = await send('GET', `${coupons(name)}?page=${page}`);
  return { ...answer, coupons: answer.body?.data ?? [] };
}

export const pageSize = 20;

// After so many milliseconds an answer is not waited for any more.
export const PATIENCE = 15_000;

// { outcome: 'claimed' | 'sold-out' | 'already-claimed' | 'no-such-coupon' | 'undecided' | 'refused', retryAfter, errMsg }
// token: whose claim it is, however often it is made.
export async function claim(seller, coupon, token) {
  const answer = await send('PATCH', `${coupons(seller)}/${encodeURIComponent(coupon)}`, null, token);
  const result = answer.headers?.get('Claim-Result');
  if (result) return { outcome: result };
  if (answer.status === 0 || answer.status >= 500)
    return { outcome: 'undecided', retryAfter: Number(answer.headers?.get('Retry-After')) || 1 };
  return { outcome: 'refused', status: answer.status, errMsg: answer.errMsg };
}

// Never throws: a server that cannot be reached, or does not answer in time, has status 0.
async function send(method, path, body, token = session()?.token) {
  const headers = {};
  if (token) headers.Authorization = token;
  if (body) headers['Content-Type'] = 'application/json';
  try {
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    const text = await response.text();
    const json = text ? JSON.parse(text) : null;
    return { status: response.status, ok: response.ok, headers: response.headers, body: json, errMsg: json?.errMsg ?? '' };
  } catch {
    return { status: 0, ok: false, headers: null, body: null, errMsg: '' };
  }
}

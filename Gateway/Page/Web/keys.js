// A key for one request and its repeats. Without crypto.randomUUID, which older browsers lack, and all where there is no TLS.
export const freshKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');

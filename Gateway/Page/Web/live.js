// Subscribes to the live endpoint while the page is visible: a browser allows a site six connections over all tabs. The browser
// reconnects broken streams itself; refused or silent ones we reopen.

import { reach } from './api.js';

const AGAIN = 3000;
// The server sends something every 15 s, or somewhat later with very many subscribers.
const SILENCE = 40_000;

// tell.reading(json), tell.state('connecting' | 'live' | 'trouble' | 'lost' | 'gone'). Returns the function to stop.
export function watch(path, tell) {
  let stream = null, timer;

  function open() {
    stream = new EventSource(path);
    stream.onmessage = event => {
      hear();
      tell.state('live');
      tell.reading(JSON.parse(event.data));
    };
    stream.addEventListener('alive', hear);
    stream.addEventListener('trouble', () => {
      hear();
      tell.state('trouble');
    });
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) tell.state('lost');
      else ask();
    };
    hear();
  }

  // A dead connection raises no event.
  function hear() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      close();
      tell.state('lost');
      open();
    }, SILENCE);
  }

  // EventSource does not tell why a stream was refused.
  async function ask() {
    clearTimeout(timer);
    const refused = stream;
    const status = await reach(path, { headers: { Accept: 'application/json' } }, response => response.status) ?? 0;
    if (stream !== refused) return;
    tell.state(status === 404 ? 'gone' : 'lost');
    // A random delay: clients refused together must not retry together.
    timer = setTimeout(open, AGAIN * (status === 404 ? 3 : 0.5 + Math.random()));
  }

  function close() {
    clearTimeout(timer);
    stream?.close();
    stream = null;
  }

  function look() {
    close();
    tell.state('connecting');
    if (!document.hidden) open();
  }

  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    document.removeEventListener('visibilitychange', look);
    close();
  };
}

// Watches the live endpoint. The browser itself comes again when a stream breaks; where it was refused, we do.

const AGAIN = 3000;

// tell.reading(json), tell.state('connecting' | 'live' | 'trouble' | 'lost' | 'gone'). Returns how to stop.
export function watch(path, tell) {
  let stream, timer, stopped = false;

  function open() {
    stream = new EventSource(path);
    stream.onmessage = event => {
      tell.state('live');
      tell.reading(JSON.parse(event.data));
    };
    stream.addEventListener('trouble', () => tell.state('trouble'));
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) tell.state('lost');
      else ask();
    };
  }

  // A stream that was refused does not say why.
  async function ask() {
    let status = 0;
    try {
      status = (await fetch(path, { headers: { Accept: 'application/json' }, cache: 'no-store' })).status;
    } catch {
      // Nobody there.
    }
    if (stopped) return;
    tell.state(status === 404 ? 'gone' : 'lost');
    // All who were refused at once must not come at once again.
    timer = setTimeout(open, AGAIN * (status === 404 ? 3 : 0.5 + Math.random()));
  }

  tell.state('connecting');
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stream.close();
  };
}

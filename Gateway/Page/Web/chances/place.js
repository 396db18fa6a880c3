// Asks for a place in line now and then: the nearer it is, the more often, so that a line of any length asks little. The feed of the sale tells
// how many were served since, so that whose turn has come asks soon.

const SECOND = 1000;
// From one question to the next: a tenth of the place, in seconds, within these.
const NEAR = 5, FAR = 900;
// So many who were served at once ask a second, over a minute at most.
const SERVED = 500, SPREAD = 60;

// ask: asks, and tells heard() or stop() what came of it; otherwise it is asked again.
export function placeWatch(ask) {
  let isOn = false, isAsking = false, position = 0, timer = null, due = Infinity;
  // Units ever won, by claim or in line: now, and when the place was heard. No claim wins while anybody waits.
  let won = null, wonThen = null;

  function plan(seconds) {
    const at = performance.now() + seconds * SECOND;
    if (!isOn || isAsking || at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(run, seconds * SECOND);
  }

  function rest() {
    clearTimeout(timer);
    due = Infinity;
  }

  async function run() {
    rest();
    // wake() goes on.
    if (!isOn || isAsking || document.hidden) return;
    isAsking = true;
    try {
      await ask();
    } finally {
      isAsking = false;
    }
    plan(period(position));
  }

  return {
    isOn: () => isOn,
    // Asks at once.
    start() {
      isOn = true;
      run();
    },
    heard(place) {
      isOn = true;
      [position, wonThen] = [place, won];
      rest();
      plan(period(place));
    },
    // A reading of the sale.
    see(reading) {
      won = reading.won + (reading.returned ?? 0);
      if (wonThen === null) wonThen = won;
      const served = won - wonThen;
      if (isOn && position > 0 && served >= position) plan(Math.random() * Math.min(Math.max(1, served / SERVED), SPREAD));
    },
    stop() {
      [isOn, position] = [false, 0];
      rest();
    },
    // Nobody asks while the page is hidden.
    wake: run,
  };
}

const period = place => Math.min(Math.max(NEAR, place / 10), FAR) * (0.75 + Math.random() / 2);

// Counts down to the start of a sale by a monotonic clock: the time of day of a customer's device may be wrong, or be set.

import { el, say } from './dom.js';
import { t } from './language.js';

// A start that is later than before by more than this was moved; less is only what answers take.
const MOVED = 2000;

// opened: called once when the sale begins, or is heard to have begun.
export function countdown(opened) {
  // A timer is silent for screen readers, which can ask for it.
  const element = el('p', { class: 'opens', role: 'timer', hidden: true });
  let start = null, shown = Infinity, timer;

  function tick() {
    clearTimeout(timer);
    if (start === null || !(element.isConnected || shown === Infinity)) return;
    const rest = start - performance.now();
    if (rest <= 0) return end();
    // Never backwards.
    shown = Math.min(shown, Math.ceil(rest / 1000));
    say(element, t('claim.opensIn', { time: clock(shown) }));
    timer = setTimeout(tick, rest % 1000 || 1000);
  }

  function end() {
    if (start === null) return;
    clearTimeout(timer);
    [start, shown] = [null, Infinity];
    element.hidden = true;
    opened();
  }

  return {
    element,
    isRunning: () => start !== null,
    // How many milliseconds remain, heard now, or at that time. What was long under way says too many: the least counts.
    from(startsIn, at = performance.now()) {
      const heard = at + startsIn;
      if (start === null || heard > start + MOVED) [start, shown] = [heard, Infinity];
      else start = Math.min(start, heard);
      element.hidden = false;
      tick();
    },
    end,
    // Timers rest while the page is hidden.
    tick,
  };
}

// 7:05, 2:07:05, 3 d 2:07:05
export function clock(seconds) {
  const two = n => `${n}`.padStart(2, '0');
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const hours = d + h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  return d > 0 ? t('claim.days', { n: d, time: hours }) : hours;
}

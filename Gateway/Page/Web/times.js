// Start and end of a sale as people enter them: in the time zone of their device, which is named.

import { el } from './dom.js';
import { t } from './language.js';
import { field } from './widgets.js';

export function windowFields() {
  const [starts, ends] = ['starts', 'ends'].map(name =>
    field(name, t(`coupon.${name}`), { type: 'datetime-local', step: '1', 'aria-describedby': `${name}-fault zone` }));
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    starts, ends,
    elements: [starts.element, ends.element, el('p', { class: 'hint', id: 'zone' }, t(zone ? 'coupon.zone' : 'coupon.zoneOfDevice', { zone }))],
    // True if valid.
    check: () => [
      starts.check(starts.input.validity.badInput ? t('error.time') : null),
      ends.check(ends.input.validity.badInput ? t('error.time') : timeOf(starts) >= timeOf(ends) ? t('error.window') : null),
    ].every(Boolean),
  };
}

// In milliseconds since 1970; undefined for none.
export function timeOf({ input }) {
  return input.value ? new Date(input.value).getTime() : undefined;
}

// The text of a field for a time, to the second and as short as browsers write it; empty for none.
export function local(time) {
  if (time == null) return '';
  return new Date(time - 60_000 * new Date(time).getTimezoneOffset()).toISOString().slice(0, 19).replace(/(:..):00$/, '$1');
}

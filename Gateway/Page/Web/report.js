// A sale counted up for its seller, and who claimed, as a file.

import { claimsFile, report } from './api.js';
import { el, say } from './dom.js';
import { moment, number, t } from './language.js';
import { session } from './session.js';
import { card, logInAgain, oneAtATime, problem, tile, tiles } from './widgets.js';

// Spreadsheets take a file without it for one of another encoding.
const MARK = '\ufeff';

export function reportOf(coupon) {
  const figures = new Map(['owners', 'left', 'redeemed', 'returned', 'waiting', 'queued'].map(name => [name, tile(t(`report.${name}`), `report-${name}`)]));
  const times = el('p', { class: 'hint', id: 'report-times' }), result = el('p', { class: 'result', role: 'status' });
  const again = el('button', { type: 'button', onclick: oneAtATime(() => [again], load) }, t('report.again'));
  const file = el('button', { class: 'primary', type: 'button', onclick: oneAtATime(() => [file], download) }, t('report.download'));
  const element = card('report', t('report.title'), [tiles([...figures.values()]), times, el('div', { class: 'buttons' }, file, again, el('a', { class: 'button', href: '#/till' }, t('report.till'))), result]);

  async function load() {
    const answer = await report(session().name, coupon);
    if (!element.isConnected) return;
    if (answer.status === 401) return logInAgain();
    if (!answer.ok) return fail(problem(answer));
    say(result, '');
    const sale = answer.body.data;
    figures.forEach((figure, name) => figure.show(sale[name] == null ? '–' : number(sale[name])));
    say(times, [
      sale.firstClaimAt && t('report.first', { time: moment(sale.firstClaimAt) }), sale.lastClaimAt && t('report.last', { time: moment(sale.lastClaimAt) }),
      t(sale.settled ? 'report.settled' : 'report.open'),
    ].filter(Boolean).join(' · '));
  }

  async function download() {
    say(result, t('report.loading'));
    const answer = await claimsFile(session().name, coupon);
    if (!element.isConnected) return;
    if (answer.status === 401) return logInAgain();
    if (!answer.ok) return fail(problem(answer));
    // The last row tells that it is all.
    const end = /\r\nend,(\d+),[0-9a-f]{64},,\d*\r\n$/.exec(await answer.file.slice(-120).text());
    if (!end) return fail(t('report.brokenOff'));
    const address = URL.createObjectURL(new Blob([MARK, answer.file], { type: 'text/csv' }));
    el('a', { href: address, download: `${coupon}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    result.dataset.outcome = 'claimed';
    say(result, t('report.done', { n: number(Number(end[1])) }));
  }

  function fail(text) {
    result.dataset.outcome = 'refused';
    say(result, text);
  }

  return { element, load };
}

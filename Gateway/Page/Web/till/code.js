// Codes of receipts, as the servers read them: see ReceiptCode.cs.

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 20, OVERFLOW = 32, REDUCTION = 0b100101;

// The code without groups, or null for what was mistyped.
export function parse(text) {
  const code = text.toUpperCase().replace(/[\s\u2010\u2011\u2013-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  let sum = 0;
  for (const character of code) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return null;
    sum = timesAlpha(sum) ^ value;
  }
  return code.length === LENGTH && sum === 0 ? code : null;
}

// As it is read best.
export const grouped = code => code.replace(/(.{5})(?=.)/g, '$1-');

function timesAlpha(value) {
  const next = value << 1;
  return next >= OVERFLOW ? next ^ REDUCTION : next;
}

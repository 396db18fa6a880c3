// The outcomes of claims, as the live endpoint names them, in the order in which they are shown.

export const outcomes = ['claimed', 'soldOut', 'alreadyClaimed', 'undecided'];

export const none = { claimed: 0, soldOut: 0, alreadyClaimed: 0, undecided: 0 };

export const sum = counts => outcomes.reduce((all, outcome) => all + counts[outcome], 0);

// Fields that show the coupon as it is, until they are typed into. Then they keep what is typed, and the version that was seen.

export function shown(...inputs) {
  const filled = inputs.map(() => '');
  let version;

  const isTouched = i => inputs[i].value !== filled[i] || inputs[i].validity.badInput;

  return {
    isTouched,
    version: () => version,
    // isAnew: whatever was typed goes.
    see(now, texts, isAnew) {
      const isFirst = version === undefined;
      if (!isFirst && !isAnew && inputs.some((input, i) => isTouched(i) && input.value !== texts[i])) return;
      version = now;
      inputs.forEach((input, i) => {
        const typed = input.value;
        input.value = texts[i];
        // As the browser writes it.
        filled[i] = input.value;
        // Kept over a change of the language.
        if (isFirst && typed) input.value = typed;
      });
    },
    // One's own change of something else.
    pass(from, to) {
      if (version === from) version = to;
    },
  };
}

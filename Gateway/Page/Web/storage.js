// Browser storage; in memory for the page's lifetime if site data are blocked or full.

export const byBrowser = guarded(() => localStorage);
export const byTab = guarded(() => sessionStorage);

// open: blocked storage throws on first access.
function guarded(open) {
  const memory = new Map();
  return {
    get(key) {
      try {
        return memory.get(key) ?? open().getItem(key);
      } catch {
        return null;
      }
    },
    set(key, value) {
      memory.delete(key);
      try {
        open().setItem(key, value);
      } catch {
        memory.set(key, value);
      }
    },
    remove(key) {
      memory.delete(key);
      try {
        open().removeItem(key);
      } catch {
        // It was in memory only.
      }
    },
  };
}

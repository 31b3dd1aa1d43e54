// Measures how long a step takes from one browser to another. Both clocks are this machine's, and the looking
// is done inside the page, so that what drives the browsers is not counted.

/** The bound for every step (ms). */
const bound = 1000;

/** Notes in the page when a person last clicked or pressed a key. */
export async function noteActs(page) {
  await page.evaluate(() => {
    for (const kind of ["click", "keydown"]) {
      addEventListener(
        kind,
        () => {
          globalThis.actedAt = Date.now();
        },
        { capture: true },
      );
    }
  });
}

const actedAt = (page) => page.evaluate(() => globalThis.actedAt);

/** Waits inside the page for an element that matches and holds the text; gives when it was there. */
function seenAt(page, [css, text]) {
  return page.evaluate(
    ({ css, text }) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`not seen: ${css} with "${text}"`)), 25_000);
        const look = () => {
          const found = [...document.querySelectorAll(css)].some(
            (e) => e.textContent.includes(text) && e.getClientRects().length > 0,
          );
          if (!found) return false;
          clearTimeout(late);
          watcher.disconnect();
          resolve(Date.now());
          return true;
        };
        const watcher = new MutationObserver(look);
        watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
        look();
      }),
    { css, text },
  );
}

/**
 * One person acts, another sees. sights are [css, text] pairs that must all be there within a second of the
 * act, or of the moment that since() gives. Says the times and gives act()'s result.
 */
export async function sees(stage, label, { by, on, sights, act, since }) {
  const waiting = Promise.all(sights.map((sight) => seenAt(on, sight)));
  // A failing act is reported first; what then is not seen says nothing new.
  waiting.catch(() => {});
  const result = await act();
  const times = await waiting;
  const start = since ? await since(result) : await actedAt(by);
  const took = times.map((t) => t - start);
  process.stdout.write(`     ${label}: seen after ${took.join(" and ")} ms\n`);
  if (Math.max(...took) > bound) stage.problems.push(`${label}: seen after ${Math.max(...took)} ms`);
  return result;
}

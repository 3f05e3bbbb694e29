/** Filters the brands of Link UI while one types, goes on when a vendor has answered, and shows no step from a cache. */
export const script = `
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-filter]")) return;
  const typed = target.value.trim();
  let count = 0;
  for (const group of part(target.dataset.filter).children) {
    const items = [...group.querySelectorAll("li")];
    for (const item of items) {
      // The name alone: the kinds of device are in an element of their own.
      item.hidden = !item.querySelector("a").firstChild.data.toLowerCase().includes(typed.toLowerCase());
      if (!item.hidden) count += 1;
    }
    group.hidden = items.every((item) => item.hidden);
  }
  const found = count === 1 ? "1 brand" : count + " brands";
  part(target.dataset.filter + "-count").textContent = count > 0 ? found : "No brand fits “" + typed + "”.";
  part(target.dataset.filter + "-clear").hidden = target.value === "";
});

const waiting = document.querySelector("form[data-wait]");
if (waiting !== null) setTimeout(() => waiting.requestSubmit(), Number(waiting.dataset.wait));

addEventListener("pageshow", ({ persisted }) => {
  // What the browser kept may be a step that is over.
  if (persisted && document.body.matches(".link")) location.reload();
});
`;

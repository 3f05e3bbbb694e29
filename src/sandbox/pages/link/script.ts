/** Filters the brands of Link UI while one types. */
export const script = `
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-filter]")) return;
  const wanted = target.value.trim().toLowerCase();
  const items = [...part(target.dataset.filter).children];
  let count = 0;
  for (const item of items) {
    // The name alone: the kinds of device are in an element of their own.
    item.hidden = !item.querySelector("a").firstChild.data.toLowerCase().includes(wanted);
    if (!item.hidden) count += 1;
  }
  part(target.dataset.filter + "-count").textContent = count === 1 ? "1 brand" : count + " brands";
});
`;

/** The styles of the faults. */
export const style = `
.switches { flex: 1 1 100%; min-width: 0; }
.switches li { display: flex; gap: .5rem; align-items: center; justify-content: space-between; padding: .35rem 0; border-bottom: 1px solid var(--line); }
.about { min-width: 0; }
button.toggle {
  width: 2.75rem; height: 1.5rem; padding: 0; border: 2px solid var(--soft); border-radius: 1rem; background: transparent;
}
.toggle::before {
  content: ""; display: block; width: .9rem; height: .9rem; margin-left: .15rem; border-radius: 50%; background: var(--soft);
}
.toggle[aria-checked="true"] { background: var(--bad); border-color: var(--bad); }
.toggle[aria-checked="true"]::before { margin-left: 1.45rem; background: var(--on-accent); }
`;

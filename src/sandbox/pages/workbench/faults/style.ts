/** The styles of the faults. */
export const style = `
.fields { align-items: end; margin-bottom: 1rem; }
.field { display: grid; gap: .25rem; margin: 0; min-width: 0; }
.field input, .field select { width: 100%; max-width: 16rem; }
.switches { flex: 1 1 100%; min-width: 0; margin-bottom: .75rem; }
.switches li { display: flex; gap: .5rem; align-items: center; justify-content: space-between; padding: .5rem 0; border-bottom: 1px solid var(--line); }
.about { min-width: 0; flex: 1; }
.word { color: var(--soft); font-size: .875rem; }
.switches form { display: contents; }
.panel button.toggle {
  width: 2.75rem; height: 1.5rem; min-height: 0; padding: 0; border: 2px solid var(--soft); border-radius: 1rem; background: transparent; position: relative;
}
.toggle::before {
  content: ""; display: block; width: .9rem; height: .9rem; margin-left: .15rem; border-radius: 50%; background: var(--soft);
}
/* A thumb hits what is around the switch as well. */
.toggle::after { content: ""; position: absolute; inset: -.75rem; }
.panel .toggle[aria-checked="true"] { background: var(--bad); border-color: var(--bad); }
.toggle[aria-checked="true"]::before { margin-left: 1.45rem; background: var(--on-bad); }
@media (forced-colors: active) {
  .toggle { forced-color-adjust: none; border-color: ButtonText; background: ButtonFace; }
  .toggle::before { background: ButtonText; }
  .panel .toggle[aria-checked="true"] { background: Highlight; border-color: Highlight; }
  .toggle[aria-checked="true"]::before { background: HighlightText; }
}
`;

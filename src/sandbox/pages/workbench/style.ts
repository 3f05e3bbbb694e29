/** The styles of the frame. */
export const style = `
.workbench { max-width: 80rem; margin: 0 auto; padding: 1rem; }
.skip { position: absolute; left: -100vw; }
.skip:focus { position: static; }
.tabs { display: flex; flex-wrap: wrap; gap: .25rem; }
.tabs a { display: block; padding: .5rem .75rem; border-radius: .5rem; text-decoration: none; font-weight: 600; }
.tabs [aria-current] { background: var(--accent); color: var(--on-accent); }
.workbench > header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin-bottom: 1rem; }
.workbench > header h1 { margin: 0; }
.columns { display: grid; gap: 1rem; align-items: start; }
.column { display: grid; gap: 1rem; min-width: 0; }
@media (min-width: 52rem) { .columns { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } }
`;

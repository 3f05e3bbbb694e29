/** The styles of Link UI. */
export const style = `
.link { max-width: 30rem; margin: 0 auto; padding: 1rem; }
.link main > :last-child { margin-bottom: 0; }
.link main { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 1.25rem; }
.link footer { padding: 1rem 0; display: flex; gap: .75rem; flex-wrap: wrap; align-items: center; justify-content: space-between; }
.link footer p { margin: 0; }
.steps { display: flex; gap: .5rem; margin: 0 0 1rem; }
.steps li { flex: 1; border-top: 4px solid var(--line); padding-top: .25rem; font-size: .875rem; color: var(--soft); }
.steps .done, .steps [aria-current] { border-color: var(--accent); }
.steps [aria-current] { color: var(--ink); font-weight: 600; }
.link .search { margin-bottom: .75rem; }
.search input { flex: 1; }
.brands { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .5rem; }
.brands a {
  display: block; height: 100%; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem;
  text-decoration: none; color: var(--ink); font-weight: 600;
}
.scopes { margin-bottom: 1rem; }
.scopes li { padding: .4rem 0; border-bottom: 1px solid var(--line); }
.scopes code { display: block; color: var(--soft); }
.actions { display: grid; gap: .5rem; margin-bottom: .75rem; }
.accounts { display: grid; gap: .5rem; }
button.account { text-align: left; font-weight: 600; }

`;

/** The styles of Link UI. */
export const style = `
.link { max-width: 30rem; margin: 0 auto; padding: 1rem; }
.link [hidden] { display: none; }
.link > header { display: flex; gap: .75rem; align-items: center; justify-content: space-between; margin-bottom: .5rem; }
.link > header p { margin: 0; }
.link main > :last-child { margin-bottom: 0; }
.link main { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 1.25rem; }
.link footer { padding: 1rem 0; }
.link button, .link .button, .link input:not([type="checkbox"]) { min-height: 2.75rem; }
.link .button {
  display: inline-flex; align-items: center; padding: .45rem .9rem; border: 1px solid var(--accent); border-radius: .5rem;
  background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none;
}
.close, .back, .clear { display: inline-flex; gap: .35rem; align-items: center; min-height: 2.75rem; }
.close { color: var(--ink); text-decoration: none; padding: 0 .75rem; border: 1px solid var(--line); border-radius: .5rem; }
.steps { display: flex; gap: .5rem; margin: 0 0 1rem; }
.steps li { flex: 1; border-top: 4px solid var(--line); padding-top: .25rem; font-size: .875rem; color: var(--soft); }
.steps .done, .steps [aria-current] { border-color: var(--accent); }
.steps [aria-current] { color: var(--ink); font-weight: 600; }
.link .search { margin-bottom: .75rem; }
.search input { flex: 1; }
.kinds { display: flex; flex-wrap: wrap; gap: .5rem; margin-bottom: .75rem; }
.kinds a {
  display: inline-flex; align-items: center; min-height: 2.75rem; padding: 0 .75rem; border: 1px solid var(--line);
  border-radius: 2rem; text-decoration: none; color: var(--ink); font-size: .875rem;
}
.kinds [aria-current] { border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 600; }
#brands h2 { font-size: 1rem; margin: .75rem 0 .5rem; }
.brands { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(11rem, 100%), 1fr)); gap: .5rem; }
.brands a {
  display: block; height: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem;
  text-decoration: none; color: var(--ink); font-weight: 600;
}
.scopes { margin-bottom: 1rem; }
.scopes li { padding: .4rem 0; border-bottom: 1px solid var(--line); }
.scopes code { display: block; color: var(--soft); }
.actions { display: grid; gap: .5rem; margin-bottom: .75rem; }
.link fieldset { border: 0; margin: 0 0 .75rem; padding: 0; min-width: 0; display: grid; gap: .5rem; }
.link legend { font-weight: 600; font-size: .875rem; padding: 0; margin-bottom: .25rem; }
button.account { text-align: left; font-weight: 600; }
.choice { display: flex; gap: .5rem; align-items: center; min-height: 2.75rem; font-weight: 400; font-size: 1rem; }
.choice input { width: 1.25rem; height: 1.25rem; }
@media (forced-colors: active) {
  .steps .done, .steps [aria-current], .kinds [aria-current] { border-color: Highlight; }
  .link .button { border-color: LinkText; }
}
`;

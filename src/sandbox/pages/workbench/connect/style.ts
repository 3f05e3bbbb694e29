/** The styles of the Connect tab. */
export const style = `
.first-steps { counter-reset: step; display: grid; gap: .75rem; }
.first-steps li { display: flex; gap: .75rem; align-items: start; counter-increment: step; }
.first-steps li::before { content: counter(step); flex: none; width: 1.75rem; height: 1.75rem; border: 2px solid var(--soft); border-radius: 50%; text-align: center; line-height: 1.5rem; font-weight: 600; }
.first-steps .done::before { content: "✓"; border-color: var(--good); color: var(--good); }
.first-steps form { margin-top: .375rem; }
.operations li { padding: .375rem 0; border-bottom: 1px solid var(--line); }
.try-fields { display: grid; gap: .75rem; flex: 1 1 100%; min-width: 0; }
.try-fields .field input, .try-fields .field select { max-width: 28rem; }
.try-fields textarea { width: 100%; border: 1px solid var(--soft); border-radius: .5rem; padding: .5rem; background: var(--card); color: inherit; font: .875rem/1.5 ui-monospace, monospace; }
`;

/** The styles of the webhooks. */
export const style = `
.webhooks > li { padding: .75rem 0; border-top: 1px solid var(--line); }
.webhooks > li:first-child { border-top: 0; padding-top: 0; }
.webhooks .address { margin-bottom: .25rem; }
.webhooks details[open] > form { margin-top: .5rem; }
#webhooks, .send { margin-bottom: 1rem; }
.send .filters { margin-bottom: .75rem; }
.send .field { display: grid; min-width: 0; flex: 0 1 18rem; }
.send textarea { flex: 1 1 100%; }
.send .wide { flex-basis: 100%; margin: 0; }
textarea {
  font: .8125rem/1.5 ui-monospace, monospace; color: inherit; background: var(--card); min-width: 0; width: 100%;
  border: 1px solid var(--soft); border-radius: .5rem; padding: .45rem .6rem;
}
.timeline, .events { font-size: .875rem; margin-bottom: .75rem; }
.timeline li, .events li { padding: .15rem 0; border-bottom: 1px solid var(--line); }
.events { max-height: 12rem; overflow: auto; }
@media (pointer: coarse) {
  .webhooks button, .webhooks summary, .send button, .send select, .send input, .timeline a, #webhooks > header a { min-height: 40px; display: inline-block; }
}
`;

/** The styles of the webhooks. */
export const style = ``;

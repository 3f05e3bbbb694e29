/** The styles of the Connect tab. */
export const style = ``;

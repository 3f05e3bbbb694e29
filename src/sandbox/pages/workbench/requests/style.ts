/** The styles of the requests. */
export const style = "";

/** The end of a list, and the index of nothing. */
export const NONE = -1;

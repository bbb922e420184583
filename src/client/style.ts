/** How text looks. */
export interface Style {
  /** The first line of a journey. */
  heading(text: string): string;
}

/** Without colours, as a program may read it. */
export const plain: Style = { heading: (text) => text };

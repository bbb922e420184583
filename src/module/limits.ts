/** What the modules of one trace may have together. */

/** Modules. */
export const MAX_MODULES = 16;
/** Fields: one bit each says whether a hop has it. */
export const MAX_FIELDS = 64;
/** Bytes that they add to a hop. */
export const MAX_HOP_BYTES = 256;
/** Bytes of a compiled module's file. */
export const MAX_OBJECT_BYTES = 512 * 1024;

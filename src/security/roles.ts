/** Roles: each may do what the one before it may, and more. */

/** From the least to the most. */
export const roles = ["reader", "operator", "admin"] as const;

/**
 * What a client may do: `reader` traces and asks, `operator` also brings code of its own, reads bytes of
 * packets, and makes sessions, `admin` also looks into the server itself.
 */
export type Role = (typeof roles)[number];

/** Whether `role` includes `least`. */
export function includesRole(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least);
}

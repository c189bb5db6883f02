/** Cancelled is what a request ends with that nobody wants any more. */
export class Cancelled extends Error {}

/** ignoreCancelled is nothing for such an end, and passes every other error on. */
export function ignoreCancelled(error: unknown): undefined {
  if (!(error instanceof Cancelled)) throw error;
  return undefined;
}

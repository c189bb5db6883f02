/** Cancelled is what a request ends with that nobody wants any more. */
export class Cancelled extends Error {}

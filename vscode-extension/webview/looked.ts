// What a profile says of a list.
import type { ProfileSpec, Query } from '../shared/wire.gen';

/** looked is a query as a profile wants it. Without calls in the capture its events are listed. */
export function looked(spec: ProfileSpec, query: Query, calls: boolean): Query {
  const view = spec.view ?? query.view;
  return { ...query, view: calls ? view : 'events', internal: spec.internal ?? query.internal };
}

// Package detail turns one event and the state at its moment into a tree for people: what happened, with which
// arguments, by which process, on which descriptor, as which user, in which container.
package detail

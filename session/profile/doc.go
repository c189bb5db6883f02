// Package profile knows looks of a capture for a task: columns, colours, filter buttons, time format and views together.
//
// Some come with scapls (Shipped); others are written by people as JSON, in their settings or in those of a workspace
// that a team shares. Read takes such texts, Merge joins all: of profiles with the same name the nearest counts. What is
// wrong with a text is told with its place; the rest of it is used.
package profile

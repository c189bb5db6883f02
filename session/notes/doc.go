// Package notes is what people note about the events of one capture: marks, events to ignore, time references, comments,
// and by how much its clock is wrong. It reads and writes them as documents, and knows no capture.
package notes

// Package stream is what went through one descriptor from its opening to its close: every transfer in order, byte for
// byte as far as the snaplen kept it, with the same of the other end where the capture has it. It recognizes HTTP/1, DNS
// and TLS hellos, puts written files together, and makes packets of sockets that Wireshark opens.
package stream
